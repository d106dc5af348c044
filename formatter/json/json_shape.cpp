#include "formatter/json/json_shape.h"

#include <utility>

#include "core/text/block.h"
#include "formatter/json/json_scanner.h"
#include "formatter/json/json_values.h"

namespace eventfwd {
namespace {

using Kind = ShapeNotes::Kind;

constexpr std::size_t kObjectBytesMax = 4096;  // of one whose shape is worth keeping
constexpr unsigned kTriesJudged = 64;
constexpr unsigned kSkips = 1024;

// Whether A and B, of N bytes each, are the same. Only those bytes are read.
bool same(const char* a, const char* b, std::size_t n) {
    if (n >= Block::kBytes) {
        for (std::size_t at = 0; at + Block::kBytes <= n; at += Block::kBytes) {
            if (!Block::load(a + at).is(Block::load(b + at))) return false;
        }
        const std::size_t last = n - Block::kBytes;
        return Block::load(a + last).is(Block::load(b + last));
    }
    if (n >= 8) {
        return load_word<std::uint64_t>(a) == load_word<std::uint64_t>(b) &&
               load_word<std::uint64_t>(a + n - 8) == load_word<std::uint64_t>(b + n - 8);
    }
    if (n >= 4) {
        return load_word<std::uint32_t>(a) == load_word<std::uint32_t>(b) &&
               load_word<std::uint32_t>(a + n - 4) == load_word<std::uint32_t>(b + n - 4);
    }
    return n == 0 || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

std::size_t size_between(const char* begin, const char* end) {
    return static_cast<std::size_t>(end - begin);
}

// The end of the value at AT, which is whole.
const char* value_end(const ShapeNotes::Value& value, std::string_view object) {
    JsonScanner scanner({value.begin, size_between(value.begin, object.data() + object.size())});
    scanner.skip_value(value.depth);
    return scanner.position();
}

}  // namespace

void JsonShape::learn(std::string_view object, const ShapeNotes& notes,
                      const EventBuilder& builder) {
    holes_.clear();
    literals_.clear();
    keys_.clear();
    const std::span<const Property> properties = builder.properties();
    properties_ = properties.size();
    const char* at = object.data();
    for (const ShapeNotes::Value& value : notes.values()) {
        Hole hole{};
        hole.literal_bytes = static_cast<std::uint32_t>(value.begin - at);
        hole.kind = value.kind;
        hole.depth = value.depth;
        hole.is_slot = value.is_slot;
        hole.target = value.target;
        literals_.append(at, value.begin);
        if (!value.is_slot) {
            if (value.place == EventBuilder::Place::after) {
                hole.target = static_cast<std::uint16_t>(hole.target + builder.first_count());
            }
            const std::string_view key = properties[hole.target].key;
            hole.key_at = static_cast<std::uint32_t>(keys_.size());
            hole.key_bytes = static_cast<std::uint32_t>(key.size());
            keys_ += key;
        }
        holes_.push_back(hole);
        at = value_end(value, object);
    }
    literals_.append(at, object.data() + object.size());
}

const char* JsonShape::match(std::string_view text, EventBuilder& builder) const {
    if (holes_.empty()) return nullptr;
    const char* const end = text.data() + text.size();
    const char* at = text.data();
    const char* literal = literals_.data();
    const auto take_literal = [&](std::size_t bytes) {
        if (size_between(at, end) < bytes || !same(at, literal, bytes)) return false;
        at += bytes;
        literal += bytes;
        return true;
    };
    builder.begin_known_event(properties_);
    for (const Hole& hole : holes_) {
        if (!take_literal(hole.literal_bytes)) return nullptr;
        JsonScanner scanner({at, size_between(at, end)});
        std::string_view value;
        auto kind = EventBuilder::Kind::text;
        switch (hole.kind) {
            case Kind::text:
                value = scanner.string();
                if (value.data() == nullptr) return nullptr;
                value = text_of_string(value, scanner.has_escapes(), builder);
                break;
            case Kind::scalar:
                value = scanner.scalar();
                if (value.data() == nullptr || value == "null") return nullptr;
                if (hole.is_slot) kind = kind_of_scalar(value);
                break;
            case Kind::array:
                if (scanner.peek() != '[') return nullptr;
                value = take_array(scanner, hole.depth, builder);
                if (value.data() == nullptr) return nullptr;
                break;
        }
        at = scanner.position();
        if (hole.is_slot) {
            builder.set(static_cast<EventBuilder::Slot>(hole.target), kind, value);
        } else {
            builder.set_known_property(hole.target, {keys_.data() + hole.key_at, hole.key_bytes},
                                       value);
        }
    }
    const std::size_t rest = size_between(literal, literals_.data() + literals_.size());
    return take_literal(rest) ? at : nullptr;
}

const char* JsonShapes::match(std::string_view text, EventBuilder& builder) {
    if (skips_ > 0) {
        --skips_;
        return nullptr;
    }
    if (++tries_ == kTriesJudged) judge();
    for (std::size_t at = 0; at < kShapes; ++at) {
        const char* const end = shapes_[order_[at]].match(text, builder);
        if (end == nullptr) continue;
        if (at > 0) std::swap(order_[at], order_[at - 1]);
        ++hits_;
        return end;
    }
    return nullptr;
}

// Where nearly everything has a shape of its own, trying costs and gains nothing.
void JsonShapes::judge() {
    if (hits_ < kTriesJudged / 2) skips_ = kSkips;
    tries_ = hits_ = 0;
}

void JsonShapes::learn(std::string_view object, const ShapeNotes& notes,
                       const EventBuilder& builder) {
    if (skips_ > 0 || !notes.is_complete() || object.size() > kObjectBytesMax) return;
    shapes_[order_.back()].learn(object, notes, builder);
}

}  // namespace eventfwd
