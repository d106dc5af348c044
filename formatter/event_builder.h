// Collects what a decoder finds in one object or one line of pairs and makes an event of it: the
// fields with names of their own, the properties in their order with clean and unique keys, and the
// first reason to refuse it. Reused for every event; nothing is allocated once it is warm.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/timestamp.h"
#include "formatter/event.h"
#include "formatter/key.h"
#include "formatter/refusal.h"

namespace eventfwd {

// What stands in for what an event does not say itself.
struct EventDefaults {
    std::string_view application;  // empty: there is none
    Instant timestamp;             // when the packet was received
    NaiveTime naive_time = NaiveTime::utc;
};

class EventBuilder {
  public:
    enum class Slot : std::uint8_t { application, event, distinct_id, timestamp, increment };
    enum class Kind : std::uint8_t { absent, text, number, other };
    // Where a property stands: those of the member "properties" come before all others.
    enum class Place : std::uint8_t { first, after };

    // Makes room for all texts that events of a packet of that many bytes can need.
    void begin_packet(std::size_t packet_bytes);
    // Forgets the last event.
    void begin_event();
    // The same, for an event of COUNT properties whose final keys are known to be clean and unique.
    void begin_known_event(std::size_t count);
    void set_known_property(std::size_t at, std::string_view key, std::string_view value) {
        properties_.all[at] = {key, value};
    }

    // The slot that a member or key of this name has; nothing for the name of a property.
    static std::optional<Slot> slot_of(std::string_view name);
    bool has(Slot slot) const { return (seen_ & bit(slot)) != 0; }
    void set(Slot slot, Kind kind, std::string_view text) {
        fields_[index(slot)] = {text, kind};
        seen_ |= bit(slot);
    }

    // KEY as it was sent, VALUE as text. Both live until finish() has been used.
    void add_property(std::string_view key, std::string_view value, Place place) {
        PropertyList& list = place == Place::first ? properties_ : after_;
        if (list.count == kPropertiesMax) [[unlikely]] {
            is_too_long_ = true;
            return;
        }
        const bool is_clean =
            path_bytes_ == 0 && !path_too_long_ && key.size() <= kKeyBytesMax && is_clean_key(key);
        list.all[list.count++] = {is_clean ? key : make_clean_key(key), value};
    }

    // How many properties were added in PLACE.
    std::size_t count(Place place) const {
        return place == Place::first ? properties_.count : after_.count;
    }

    // The properties added between these two have "KEY__" in front of their own keys.
    struct Outer {
        std::size_t path_bytes;
        bool path_too_long;
    };
    Outer open_object(std::string_view key);
    void close_object(Outer outer);

    // Says that the packet is JSON or pairs, but not of the shape of an event: at AT, where
    // EXPECTED should stand.
    void refuse_as_syntax(const char* at, std::string_view expected) {
        is_malformed_ = true;
        fault_ = {Refusal::syntax, at, expected};
    }

    // Memory for texts that do not stand in the packet as they are: write at most as many bytes as
    // the packet has in all, from scratch() on, then keep them with keep(their end).
    char* scratch() { return scratch_.data() + scratch_used_; }
    std::string_view keep(const char* end);

    // Makes the event. False where there is none: fault() says why.
    bool finish(const EventDefaults& defaults);
    const Fault& fault() const { return fault_; }
    // The one that finish() made. Its views live until the next begin_event. It stays where it was
    // made: to copy it right away would wait for every field to be written.
    const Event& event() const { return event_; }
    std::span<const Property> properties() const {
        return {properties_.all.data(), properties_.count};
    }
    // How many of them were added in the first place.
    std::size_t first_count() const { return properties_.count - after_.count; }

  private:
    struct Field {
        std::string_view text;
        Kind kind = Kind::absent;
    };
    struct PropertyList {
        std::array<Property, 2 * kPropertiesMax> all;
        std::size_t count = 0;
        std::span<Property> used() { return {all.data(), count}; }
    };
    struct KeyEntry {
        std::uint32_t generation = 0;
        std::uint16_t property = 0;     // index into properties_
        std::uint16_t next_suffix = 2;  // every smaller one is taken already
    };

    static constexpr std::size_t kFewKeys = 8;

    static std::size_t index(Slot slot) { return static_cast<std::size_t>(slot); }
    static unsigned bit(Slot slot) { return 1U << index(slot); }
    Field field(Slot slot) const { return has(slot) ? fields_[index(slot)] : Field{}; }
    [[gnu::cold]] bool refuse(Refusal reason, std::string_view value, std::string_view expected);
    std::string_view make_clean_key(std::string_view key);
    std::string_view broken_limit() const;
    bool has_few_keys_all_different();
    void make_keys_unique();
    KeyEntry& find_key(std::string_view key);
    bool is_free(const KeyEntry& entry) const { return entry.generation != generation_; }

    Event event_;
    Fault fault_;                  // of the event that finish() did not make
    std::array<Field, 5> fields_;  // what they say counts where seen_ has their bit
    unsigned seen_ = 0;
    PropertyList properties_;
    PropertyList after_;
    std::array<char, kKeyBytesMax + 2> path_;
    std::size_t path_bytes_ = 0;
    bool path_too_long_ = false;
    bool is_malformed_ = false;
    bool is_too_long_ = false;
    bool are_keys_known_ = false;
    std::vector<char> scratch_;
    std::size_t scratch_used_ = 0;
    std::array<KeyEntry, 1024> keys_;  // open addressing; at most a quarter full
    std::uint32_t generation_ = 0;
};

}  // namespace eventfwd
