#include "daemon/config/inputs_reader.h"

#include <fmt/format.h>

#include <array>

#include "daemon/config/udp_input_reader.h"
#include "daemon/config/unix_datagram_input_reader.h"

namespace eventfwd {
namespace {

// A type of input: the value of `type`, and the reader of what it alone has, which may be more for
// the intake.
struct InputType {
    std::string_view name;
    Source (*read)(Section& section, ReadContext& context, IntakeOptions& intake);
};

// The one list of types. A new type is a line here, and an alternative of Source (settings.h).
constexpr std::array kInputTypes{
    InputType{"udp", read_udp_input},
    InputType{"unix_datagram", read_unix_datagram_input},
};

// What every input has, whatever its type.
IntakeOptions read_intake(const std::string& name, Section& section, const ReadContext& context) {
    IntakeOptions intake;
    intake.name = name;
    intake.application = section.text("application", context.application);
    if (intake.application.size() > kNameBytesMax) {
        section.problem("application", fmt::format("expected at most {} bytes", kNameBytesMax));
    }
    return intake;
}

InputSettings read_input(const std::string& name, Section& section, ReadContext& context) {
    const InputType* const type = find_type(section, kInputTypes);
    InputSettings input;
    input.intake = read_intake(name, section, context);
    if (type != nullptr) {
        input.source = type->read(section, context, input.intake);
    } else {  // what is common to all types has been read
        section.accept_unknown();
    }
    return input;
}

// As a configuration would read that names them and says nothing else. ABSENT holds nothing.
std::vector<InputSettings> default_inputs(Section absent, ReadContext& context) {
    const auto read = [&](const std::string& name, const auto& read_source) {
        Section section = absent.section(name);
        InputSettings input;
        input.intake = read_intake(name, section, context);
        input.source = read_source(section, context, input.intake);
        return input;
    };
    return {read("packets", read_udp_input), read("local", read_unix_datagram_input)};
}

}  // namespace

std::vector<InputSettings> read_inputs(Section& root, ReadContext& context) {
    if (!root.has("inputs")) return default_inputs(root.section("inputs"), context);
    std::vector<InputSettings> inputs;
    each_named(root, "inputs", [&](const std::string& name, Section& section) {
        inputs.push_back(read_input(name, section, context));
    });
    return inputs;
}

std::vector<std::string_view> input_types() {
    return names_of(kInputTypes);
}

std::string describe(const InputSettings& input) {
    return std::visit([](const auto& options) { return describe(options); }, input.source);
}

Warnings warnings_of(const InputSettings& input) {
    return std::visit([](const auto& options) { return warnings_of(options); }, input.source);
}

}  // namespace eventfwd
