#include "formatter/packet/json_decoder.h"

#include "formatter/json/json_scanner.h"
#include "formatter/json/json_shape.h"
#include "formatter/json/json_values.h"

namespace eventfwd {
namespace {

using Builder = EventBuilder;
using Kind = ShapeNotes::Kind;

// Reads one object into the builder, value by value as the scanner comes past them.
class ObjectReader {
  public:
    ObjectReader(JsonScanner& scanner, Builder& builder, ShapeNotes& notes)
        : scanner_(scanner), builder_(builder), notes_(notes) {}

    // False for broken JSON.
    bool read() {
        builder_.begin_event();
        notes_.clear();
        return scanner_.object([this](std::string_view name, bool has_escapes) {
            return top_member(text_of(name, has_escapes));
        });
    }

  private:
    bool top_member(std::string_view name) {
        if (name == "properties" && !has_properties_) {
            has_properties_ = true;
            return properties();
        }
        const auto slot = Builder::slot_of(name);
        if (slot && !builder_.has(*slot)) return slot_value(*slot);
        return property(name, Builder::Place::after, 1);
    }

    bool properties() {
        if (scanner_.peek() == '{') {
            return scanner_.object([this](std::string_view name, bool has_escapes) {
                return property(text_of(name, has_escapes), Builder::Place::first, 2);
            });
        }
        if (scanner_.peek() == 'n') return scanner_.word() == "null";
        builder_.refuse_as_syntax(scanner_.position(), "an object of properties");
        return scanner_.skip_value(1);
    }

    bool slot_value(Builder::Slot slot) {
        const char first = scanner_.peek();
        if (first == '{' || first == '[') {
            builder_.set(slot, Builder::Kind::other, {});
            return scanner_.skip_value(1);
        }
        ShapeNotes::Value note{scanner_.position(), Kind::text, 1, true, 0, Builder::Place::first};
        note.target = static_cast<std::uint8_t>(slot);
        if (first == '"') {
            const std::string_view string = scanner_.string();
            if (string.data() == nullptr) return false;
            builder_.set(slot, Builder::Kind::text, text_of(string, scanner_.has_escapes()));
            notes_.add(note);
            return true;
        }
        const std::string_view scalar = scanner_.scalar();
        if (scalar.data() == nullptr) return false;
        const Builder::Kind kind = kind_of_scalar(scalar);
        if (kind == Builder::Kind::absent) {
            builder_.set(slot, kind, {});
            return true;
        }
        builder_.set(slot, kind, scalar);
        note.kind = Kind::scalar;
        notes_.add(note);
        return true;
    }

    // DEPTH objects are open around the property. Most are texts, and those stay in the callers.
    bool property(std::string_view name, Builder::Place place, int depth) {
        if (scanner_.peek() != '"') return property_other_than_text(name, place, depth);
        const char* const begin = scanner_.position();
        const std::string_view string = scanner_.string();
        if (string.data() == nullptr) return false;
        note_property(begin, Kind::text, place, depth);
        builder_.add_property(name, text_of(string, scanner_.has_escapes()), place);
        return true;
    }

    bool property_other_than_text(std::string_view name, Builder::Place place, int depth) {
        const char* const begin = scanner_.position();
        switch (scanner_.peek()) {
            case '{': {
                if (depth == kDepthMax) return scanner_.fail_for_depth();
                const Builder::Outer outer = builder_.open_object(name);
                const bool whole = scanner_.object([&](std::string_view inner, bool has_escapes) {
                    return property(text_of(inner, has_escapes), place, depth + 1);
                });
                builder_.close_object(outer);
                return whole;
            }
            case '[': {
                const std::string_view json = take_array(scanner_, depth, builder_);
                if (json.data() == nullptr) return false;
                note_property(begin, Kind::array, place, depth);
                builder_.add_property(name, json, place);
                return true;
            }
            default: {
                const std::string_view scalar = scanner_.scalar();
                if (scalar.data() == nullptr) return false;
                if (scalar == "null") return true;
                note_property(begin, Kind::scalar, place, depth);
                builder_.add_property(name, scalar, place);
                return true;
            }
        }
    }

    // Before the property is added.
    void note_property(const char* begin, Kind kind, Builder::Place place, int depth) {
        notes_.add({begin, kind, static_cast<std::uint8_t>(depth), false,
                    static_cast<std::uint8_t>(builder_.count(place)), place});
    }

    std::string_view text_of(std::string_view raw, bool has_escapes) {
        return text_of_string(raw, has_escapes, builder_);
    }

    JsonScanner& scanner_;
    Builder& builder_;
    ShapeNotes& notes_;
    bool has_properties_ = false;
};

Fault fault_of(const ExplainingJsonScanner& scanner) {
    return {Refusal::syntax, scanner.position(), scanner.expected()};
}

// Why TEXT does not begin with a whole object.
Fault fault_of_object(std::string_view text) {
    ExplainingJsonScanner scanner(text);
    scanner.skip_value(0);
    return fault_of(scanner);
}

// Why TEXT is not a whole array.
Fault fault_of_array(std::string_view text) {
    ExplainingJsonScanner scanner(text);
    const bool is_array = scanner.array([&] { return scanner.skip_value(0); });
    if (is_array) {
        scanner.skip_space();
        scanner.fail("the end behind the array");
    }
    return fault_of(scanner);
}

std::string_view between(const char* start, const char* end) {
    return {start, static_cast<std::size_t>(end - start)};
}

}  // namespace

void decode_json_array(std::string_view text, const DecodeContext& context) {
    // Nothing of a broken array is taken, so all of it is looked at before its first event is.
    JsonScanner rehearsal(text);
    bool has_elements = false;
    const bool whole = rehearsal.array([&] {
        has_elements = true;
        return rehearsal.skip_value(0);
    });
    rehearsal.skip_space();
    if (!whole || !rehearsal.at_end()) return context.handler.refuse(fault_of_array(text), text);
    if (!has_elements) return context.handler.refuse({Refusal::empty}, text);

    JsonScanner scanner(text);
    ShapeNotes notes;
    scanner.array([&] {
        const char* const start = scanner.position();
        if (scanner.peek() == '{') {
            ObjectReader(scanner, context.builder, notes).read();
            context.finish(between(start, scanner.position()));
        } else {
            scanner.skip_value(0);
            context.handler.refuse({Refusal::syntax, start, "an object"},
                                   between(start, scanner.position()));
        }
        return true;
    });
}

void decode_json_objects(std::string_view text, const DecodeContext& context) {
    const char* const end = text.data() + text.size();
    while (true) {
        JsonScanner scanner(text);
        scanner.skip_space();
        if (scanner.at_end()) return;
        const char* const start = scanner.position();
        const std::string_view rest = between(start, end);
        if (const char* const stop = context.shapes.match(rest, context.builder)) {
            context.finish(between(start, stop));
            text = between(stop, end);
            continue;
        }
        ShapeNotes notes;
        if (ObjectReader(scanner, context.builder, notes).read()) {
            const std::string_view object = between(start, scanner.position());
            if (context.finish(object)) context.shapes.learn(object, notes, context.builder);
            text = between(scanner.position(), end);
            continue;
        }
        const std::size_t line_feed = rest.find('\n');
        context.handler.refuse(fault_of_object(rest), rest.substr(0, line_feed));
        if (line_feed == std::string_view::npos) return;
        text = rest.substr(line_feed + 1);
    }
}

}  // namespace eventfwd
