// A secret is never in the configuration: it is in a file, in systemd's credentials, or in the
// environment.
#pragma once

#include <string>

#include "core/result.h"

namespace eventfwd {

struct SecretSource {
    std::string file;         // a path, which may be a link
    std::string credential;   // a bare name, looked for in $CREDENTIALS_DIRECTORY where no file is
    std::string environment;  // the name of a variable; where there is no file at all

    bool operator==(const SecretSource&) const = default;
};

// What is there now, without white space around it. Fails, too, where that is empty or holds what
// cannot stand in a header.
Result<std::string> read_secret(const SecretSource& source);

}  // namespace eventfwd
