// Most packets look like an earlier one: the same members in the same order, only other values. The
// shape of an object is what stands between its values, byte for byte, and where each value goes. A
// packet that fits a shape is taken by it: no name is looked up, cleaned or compared with another
// one, because all of that depends on nothing but the shape.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formatter/event_builder.h"

namespace eventfwd {

// Where the values of the object at hand stand and where they went; noted by the reader that goes
// through it member by member.
class ShapeNotes {
  public:
    enum class Kind : std::uint8_t { text, scalar, array };
    struct Value {
        const char* begin = nullptr;  // in the packet; of a text its opening quote
        Kind kind = Kind::text;
        std::uint8_t depth = 0;   // objects open around it
        bool is_slot = false;     // or else a property
        std::uint8_t target = 0;  // the slot, or the property's index among those of its place
        EventBuilder::Place place = EventBuilder::Place::first;
    };

    void clear() { count_ = 0; }
    void add(const Value& value) {
        if (count_ < kValuesMax) values_[count_] = value;
        ++count_;
    }
    bool is_complete() const { return count_ > 0 && count_ <= kValuesMax; }
    std::span<const Value> values() const { return {values_.data(), count_}; }

  private:
    static constexpr std::size_t kValuesMax = 64;
    std::array<Value, kValuesMax> values_;
    std::size_t count_ = 0;
};

class JsonShape {
  public:
    // Learns the shape of OBJECT, of which BUILDER has made an event.
    void learn(std::string_view object, const ShapeNotes& notes, const EventBuilder& builder);
    // Gives BUILDER the values of the object that TEXT begins with, if it has this shape. Where the
    // object ends; null where it has not, and BUILDER then holds nothing of use.
    const char* match(std::string_view text, EventBuilder& builder) const;

  private:
    struct Hole {
        std::uint32_t literal_bytes;  // of what stands before it
        ShapeNotes::Kind kind;
        std::uint8_t depth;
        bool is_slot;
        std::uint16_t target;  // the slot, or the property's index
        std::uint32_t key_at;  // of a property, in keys_
        std::uint32_t key_bytes;
    };

    std::vector<Hole> holes_;
    std::string literals_;  // one behind the other; the last one follows the last hole
    std::string keys_;
    std::size_t properties_ = 0;
};

// The shapes that were seen lately. Not shared between threads.
class JsonShapes {
  public:
    const char* match(std::string_view text, EventBuilder& builder);
    // What match() did not know, it may know the next time.
    void learn(std::string_view object, const ShapeNotes& notes, const EventBuilder& builder);

  private:
    void judge();

    // More would take longer to try in vain than they save where applications mix.
    static constexpr std::size_t kShapes = 4;
    std::array<JsonShape, kShapes> shapes_;
    std::array<std::uint8_t, kShapes> order_{0, 1, 2, 3};  // in which they are tried
    unsigned tries_ = 0;                                   // since the last judgement
    unsigned hits_ = 0;                                    // of those
    unsigned skips_ = 0;                                   // objects that are not tried, to come
};

}  // namespace eventfwd
