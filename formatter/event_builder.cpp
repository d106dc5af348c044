#include "formatter/event_builder.h"

#include <algorithm>
#include <functional>

#include "core/text/block.h"
#include "core/text/whole_number.h"
#include "formatter/key.h"

namespace eventfwd {
namespace {

constexpr std::string_view kJoint = "__";
// Beside unescaped texts, which are never longer than the packet, each property can need a key.
constexpr std::size_t kKeyScratch = (kPropertiesMax + 1) * 2 * (kKeyBytesMax + 8);

bool is_blank(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    return text.empty() || (is_space(text.front()) && std::ranges::all_of(text, is_space));
}

// -?(0|[1-9][0-9]*), also with a fraction of zeros, within ±kIncrementMax.
std::optional<std::int64_t> parse_increment(std::string_view text) {
    if (const std::size_t point = text.find('.'); point != std::string_view::npos) {
        const std::string_view fraction = text.substr(point + 1);
        if (fraction.empty() || fraction.find_first_not_of('0') != std::string_view::npos) {
            return std::nullopt;
        }
        text = text.substr(0, point);
    }
    const std::string_view number = text.starts_with('-') ? text.substr(1) : text;
    if (number.size() > 1 && number[0] == '0') return std::nullopt;
    const auto value = whole_number<std::int64_t>(text);
    if (!value || *value > kIncrementMax || *value < -kIncrementMax) return std::nullopt;
    return value;
}

// Equal keys have equal signatures: their first bytes, their last ones and their size.
std::uint64_t signature_of(std::string_view key) {
    const char* const at = key.data();
    const std::size_t size = key.size();
    if (size >= 4) {
        const std::uint64_t ends = load_word<std::uint32_t>(at) |
                                   std::uint64_t{load_word<std::uint32_t>(at + size - 4)} << 32;
        return ends ^ size;
    }
    std::uint64_t bytes = 0;
    for (const char c : key)
        bytes = bytes << 8 | static_cast<unsigned char>(c);
    return bytes;
}

}  // namespace

void EventBuilder::begin_packet(std::size_t packet_bytes) {
    const std::size_t needed = packet_bytes + kKeyScratch;
    if (scratch_.size() < needed) scratch_.resize(needed);
}

void EventBuilder::begin_event() {
    seen_ = 0;
    properties_.count = after_.count = 0;
    path_bytes_ = 0;
    path_too_long_ = false;
    is_malformed_ = false;
    is_too_long_ = false;
    are_keys_known_ = false;
    scratch_used_ = 0;
}

void EventBuilder::begin_known_event(std::size_t count) {
    begin_event();
    properties_.count = count;
    are_keys_known_ = true;
}

std::optional<EventBuilder::Slot> EventBuilder::slot_of(std::string_view name) {
    switch (name.size()) {
        case 4:
            return name == "time" ? std::optional(Slot::timestamp) : std::nullopt;
        case 5:
            return name == "event" ? std::optional(Slot::event) : std::nullopt;
        case 9:
            if (name == "timestamp") return Slot::timestamp;
            return name == "increment" ? std::optional(Slot::increment) : std::nullopt;
        case 10:
            return name == "event_name" ? std::optional(Slot::event) : std::nullopt;
        case 11:
            if (name == "application") return Slot::application;
            return name == "distinct_id" ? std::optional(Slot::distinct_id) : std::nullopt;
        default:
            return std::nullopt;
    }
}

std::string_view EventBuilder::keep(const char* end) {
    char* const start = scratch();
    scratch_used_ = static_cast<std::size_t>(end - scratch_.data());
    return {start, static_cast<std::size_t>(end - start)};
}

// KEY cleaned and behind the path of the objects around it; empty, and the event too long, where
// that is over the limit.
std::string_view EventBuilder::make_clean_key(std::string_view key) {
    if (path_too_long_) {
        is_too_long_ = true;
        return {};
    }
    char* const out = scratch();
    std::copy_n(path_.data(), path_bytes_, out);
    const std::size_t written = write_clean_key(out + path_bytes_, kKeyBytesMax - path_bytes_, key);
    if (written == kKeyTooLong) {
        is_too_long_ = true;
        return {};
    }
    return keep(out + path_bytes_ + written);
}

EventBuilder::Outer EventBuilder::open_object(std::string_view key) {
    const Outer outer{path_bytes_, path_too_long_};
    if (path_too_long_) return outer;
    const std::size_t room = kKeyBytesMax - path_bytes_;
    const std::size_t written =
        room == 0 ? kKeyTooLong : write_clean_key(path_.data() + path_bytes_, room, key);
    // Whatever stands behind the joint has a byte at least.
    if (written == kKeyTooLong || written + kJoint.size() >= room) {
        path_too_long_ = true;
        return outer;
    }
    path_bytes_ += written;
    std::ranges::copy(kJoint, path_.data() + path_bytes_);
    path_bytes_ += kJoint.size();
    return outer;
}

void EventBuilder::close_object(Outer outer) {
    path_bytes_ = outer.path_bytes;
    path_too_long_ = outer.path_too_long;
}

// The entry that has KEY, or the free one where it belongs.
EventBuilder::KeyEntry& EventBuilder::find_key(std::string_view key) {
    for (std::size_t at = std::hash<std::string_view>{}(key);; ++at) {
        KeyEntry& entry = keys_[at % keys_.size()];
        if (is_free(entry) || properties_.all[entry.property].key == key) return entry;
    }
}

// Most events have a handful of keys, all different, and that is seen at once.
bool EventBuilder::has_few_keys_all_different() {
    std::array<std::uint64_t, kFewKeys> signatures;
    if (properties_.count > kFewKeys) return false;
    std::uint64_t* end = signatures.data();
    for (const Property& property : properties_.used()) {
        *end = signature_of(property.key);
        const std::uint64_t* same = signatures.data();
        while (*same != *end)
            ++same;
        if (same != end++) return false;
    }
    return true;
}

void EventBuilder::make_keys_unique() {
    if (has_few_keys_all_different()) return;
    if (++generation_ == 0) {  // come round: what is left of the last time could be taken for new
        keys_.fill({});
        generation_ = 1;
    }
    for (std::size_t at = 0; at < properties_.count; ++at) {
        Property& property = properties_.all[at];
        KeyEntry* entry = &find_key(property.key);
        if (!is_free(*entry)) {
            KeyEntry& base = *entry;
            while (!is_free(*entry)) {
                const auto digits_end = std::ranges::copy(property.key, scratch()).out;
                *digits_end = '_';
                const char* const end =
                    std::to_chars(digits_end + 1, digits_end + 6, base.next_suffix++).ptr;
                entry = &find_key({scratch(), static_cast<std::size_t>(end - scratch())});
                if (is_free(*entry)) property.key = keep(end);
            }
            if (property.key.size() > kKeyBytesMax) is_too_long_ = true;
        }
        *entry = {generation_, static_cast<std::uint16_t>(at), 2};
    }
}

// VALUE is what is at fault; without data where nothing stands for it.
bool EventBuilder::refuse(Refusal reason, std::string_view value, std::string_view expected) {
    fault_ = {reason, value.data(), expected};
    return false;
}

bool EventBuilder::finish(const EventDefaults& defaults) {
    if (is_malformed_) return false;

    Event& event = event_;
    const Field application = field(Slot::application);
    event.application = application.kind == Kind::absent ? defaults.application : application.text;
    if (application.kind == Kind::other || is_blank(event.application)) {
        return refuse(Refusal::no_application, application.text, "the name of an application");
    }
    const Field name = field(Slot::event);
    event.event = name.text;
    if (name.kind == Kind::other || is_blank(event.event)) {
        return refuse(Refusal::no_event, name.text, "the name of an event");
    }

    const Field id = field(Slot::distinct_id);
    if (id.kind == Kind::other) {
        return refuse(Refusal::bad_distinct_id, id.text,
                      "a distinct_id that is a text or a number");
    }
    event.distinct_id = id.text;

    const Field time = field(Slot::timestamp);
    event.timestamp = defaults.timestamp;
    if (time.kind != Kind::absent) {
        const auto parsed = time.kind == Kind::other
                                ? std::nullopt
                                : parse_timestamp(time.text, defaults.naive_time);
        if (!parsed) {
            return refuse(Refusal::bad_timestamp, time.text,
                          "a time like 2011-08-08T11:45:17Z, or a number since 1970");
        }
        event.timestamp = *parsed;
    }
    const Field increment = field(Slot::increment);
    event.increment = 1;
    if (increment.kind != Kind::absent) {
        const auto parsed =
            increment.kind == Kind::other ? std::nullopt : parse_increment(increment.text);
        if (!parsed) {
            return refuse(Refusal::bad_increment, increment.text,
                          "a whole number from -2^53 to 2^53");
        }
        event.increment = *parsed;
    }

    std::ranges::copy(after_.used(), properties_.all.data() + properties_.count);
    properties_.count += after_.count;
    is_too_long_ |=
        properties_.count > kPropertiesMax || event.application.size() > kNameBytesMax ||
        event.event.size() > kNameBytesMax || event.distinct_id.size() > kDistinctIdBytesMax;
    if (!is_too_long_ && !are_keys_known_) make_keys_unique();
    if (is_too_long_) return refuse(Refusal::too_long, {}, broken_limit());
    event.properties = properties_.used();
    return true;
}

// What of the event is over its limit.
std::string_view EventBuilder::broken_limit() const {
    if (event_.application.size() > kNameBytesMax) return "at most 256 bytes of application";
    if (event_.event.size() > kNameBytesMax) return "at most 256 bytes of event";
    if (event_.distinct_id.size() > kDistinctIdBytesMax) return "at most 1024 bytes of distinct_id";
    return "keys of at most 128 bytes, and at most 256 properties";
}

}  // namespace eventfwd
