// A single pass over JSON text by RFC 8259, with Python's bare NaN, Infinity and -Infinity let
// through, and bytes that are not UTF-8 too. It finds where things end and says nothing of what
// they mean. A call that gives false, or a view without data, has met broken JSON, and the scan is
// over.
//
// Views travel alone, two words in two registers: anything larger would go through memory, where a
// wide load right behind narrow stores waits for them (a third of the decoder's time, once).
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/text/block.h"

namespace eventfwd {

constexpr int kDepthMax = 16;  // objects and arrays open at once

// Where it EXPLAINS, it remembers what was expected where the JSON is broken. That costs the
// decoder a tenth of its time, so it scans without, and what is broken is scanned once more.
template <bool kExplains>
class BasicJsonScanner {
  public:
    // Scans TEXT, which outlives the scanner.
    explicit BasicJsonScanner(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

    const char* position() const { return at_; }
    // Of broken JSON: what should have stood at position().
    std::string_view expected() const
        requires kExplains
    {
        return expected_.text;
    }
    // Says so; gives false.
    bool fail(const char* expected) {
        if constexpr (kExplains) expected_.text = expected;
        return false;
    }
    bool fail_for_depth() { return fail("at most 16 objects and arrays within each other"); }
    bool at_end() const { return at_ == end_; }
    // The next byte; '\0', which no JSON has outside its strings, at the end.
    char peek() const { return at_ == end_ ? '\0' : *at_; }
    void skip_space() {
        // Most often there is none, and one comparison says so.
        while (at_ != end_ && *at_ <= ' ' && is_space(*at_)) {
            ++at_;
            has_met_space_ = true;
        }
    }
    // Whether there was white space outside strings since this was asked last.
    bool take_met_space() { return std::exchange(has_met_space_, false); }
    // Steps over C if it is next.
    bool take(char c) {
        if (at_ == end_ || *at_ != c) return false;
        ++at_;
        return true;
    }

    // Steps over a string and gives it as it stands between its quotes. Without escapes it is its
    // own text. The way without them is short enough to stand in its callers.
    std::string_view string() {
        if (end_ - at_ <= static_cast<std::ptrdiff_t>(Block::kBytes)) return string_near_end();
        if (*at_ != '"') return fail_view(kString);
        const char* const start = at_ + 1;
        has_escapes_ = false;
        const unsigned hits = Block::load(start).not_plain_json();
        const char* const end = start + std::countr_zero(hits);
        if (hits != 0 && *end == '"') [[likely]] {
            at_ = end + 1;
            return {start, static_cast<std::size_t>(end - start)};
        }
        at_ = start;
        return rest_of_string(start);
    }
    // Whether the string that was stepped over last has escapes.
    bool has_escapes() const { return has_escapes_; }

    std::string_view number();
    // true, false, null, NaN, Infinity or -Infinity.
    std::string_view word();
    // A number or -Infinity or one of the words: what is neither string, object nor array.
    std::string_view scalar();

    // Steps over a whole value of any kind. DEPTH objects and arrays are open around it.
    bool skip_value(int depth);

    // Steps over "{ member, … }", calling MEMBER with the scanner behind each "name :". MEMBER
    // takes the name as string() gives it and whether it has escapes, and steps over the value; it
    // gives false for broken JSON.
    template <class Member>
    bool object(Member&& member) {
        if (!take('{')) return fail("{");
        skip_space();
        if (take('}')) return true;
        while (true) {
            const std::string_view name = string();
            if (name.data() == nullptr) return fail_in_name();
            const bool name_has_escapes = has_escapes_;
            // Where the name says that its end is, which is at hand sooner than what at_ says.
            at_ = name.data() + name.size() + 1;
            if (!take_alone(':')) {
                skip_space();
                if (!take(':')) return fail("a colon");
                skip_space();
            }
            if (!member(name, name_has_escapes)) return false;
            if (take_alone(',')) continue;
            skip_space();
            if (take('}')) return true;
            if (!take(',')) return fail("a comma or }");
            skip_space();
        }
    }

    // Steps over "[ element, … ]", calling ELEMENT, which steps over one value, for each.
    template <class Element>
    bool array(Element&& element) {
        if (!take('[')) return fail("[");
        skip_space();
        if (take(']')) return true;
        while (true) {
            if (!element()) return false;
            skip_space();
            if (take(']')) return true;
            if (!take(',')) return fail("a comma or ]");
            skip_space();
        }
    }

  private:
    // Steps over C if it is next and no white space follows it, as most write their JSON.
    bool take_alone(char c) {
        const char* const at = at_;
        if (end_ - at < 2 || at[0] != c || at[1] <= ' ') return false;
        at_ = at + 1;
        return true;
    }
    std::string_view fail_view(const char* expected) {
        fail(expected);
        return {};
    }
    // Where there is no string at all; broken within its quotes, it has said more already.
    bool fail_in_name() {
        if constexpr (kExplains) return expected() == kString ? fail("a quoted name") : false;
        return false;
    }
    std::string_view rest_of_string(const char* start);
    std::string_view string_near_end();
    static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

    const char* at_;
    const char* end_;
    struct Expected {
        const char* text = "";
    };
    struct Nothing {};
    static constexpr const char* kString = "a string";

    [[no_unique_address]] std::conditional_t<kExplains, Expected, Nothing> expected_;
    bool has_escapes_ = false;
    bool has_met_space_ = false;
};

using JsonScanner = BasicJsonScanner<false>;
using ExplainingJsonScanner = BasicJsonScanner<true>;

// Writes RAW, the inside of a string that the scanner found, as the text it stands for to OUT,
// which has room for its size. An unpaired surrogate becomes U+FFFD. Returns the end of what was
// written.
char* write_json_unescaped(char* out, std::string_view raw);

// Writes JSON, a whole value that the scanner found, without the white space outside its strings to
// OUT, which has room for its size. Returns the end of what was written.
char* write_compact_json(char* out, std::string_view json);

}  // namespace eventfwd
