// Arbitrary bytes through the line parser and the forms.
#include <cstdint>
#include <string>

#include "formatter/line/forms.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace eventfwd;
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    LineParser parser;
    for (const Form form : {Form::line, Form::sdk_line, Form::json}) {
        std::string out;
        append_form(out, form, line, parser);
    }
    return 0;
}
