// Objects that live on Asio are made with descriptors and threads, and Asio throws where the
// process may have no more of them: here that becomes an error.
#pragma once

#include <fmt/format.h>

#include <boost/system/system_error.hpp>
#include <string>
#include <system_error>
#include <type_traits>

#include "core/result.h"

namespace eventfwd {

// What MAKE gives; WHAT, as in "sink lines", is in the text of an error.
template <class Make>
Result<std::invoke_result_t<Make>> make_or_fail(const std::string& what, Make make) {
    const auto failed = [&](const auto& code) {
        return failure(fmt::format("{}: {}", what, code.message()), code.value());
    };
    try {
        return make();
    } catch (const boost::system::system_error& error) {
        return failed(error.code());
    } catch (const std::system_error& error) {
        return failed(error.code());
    }
}

}  // namespace eventfwd
