// A single pass over JSON text by RFC 8259, with Python's bare NaN, Infinity and -Infinity let
// through, and bytes that are not UTF-8 too. It finds where things end and says nothing of what they
// mean; every call that gives false or nothing has met broken JSON, and the scan is over.
#pragma once

#include <optional>
#include <string_view>

namespace eventfwd {

constexpr int kDepthMax = 16;  // objects and arrays open at once

class JsonScanner {
  public:
    // A string as it stands between its quotes. Without escapes it is its own text.
    struct String {
        std::string_view raw;
        bool has_escapes = false;
    };

    // Scans TEXT, which outlives the scanner.
    explicit JsonScanner(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

    const char* position() const { return at_; }
    bool at_end() const { return at_ == end_; }
    // The next byte; '\0', which no JSON has outside its strings, at the end.
    char peek() const { return at_ == end_ ? '\0' : *at_; }
    void skip_space();
    // Steps over C if it is next.
    bool take(char c);

    std::optional<String> string();
    std::optional<std::string_view> number();
    // true, false, null, NaN, Infinity or -Infinity.
    std::optional<std::string_view> word();
    // A number or -Infinity or one of the words: what is neither string, object nor array.
    std::optional<std::string_view> scalar();

    // Steps over a whole value of any kind. DEPTH objects and arrays are open around it.
    bool skip_value(int depth);

    // Steps over "{ member, … }", calling MEMBER with the scanner behind each "name :". MEMBER takes
    // the name (a String) and steps over the value; it gives false for broken JSON.
    template <class Member>
    bool object(Member&& member) {
        if (!take('{')) return false;
        skip_space();
        if (take('}')) return true;
        while (true) {
            const auto name = string();
            if (!name) return false;
            skip_space();
            if (!take(':')) return false;
            skip_space();
            if (!member(*name)) return false;
            skip_space();
            if (take('}')) return true;
            if (!take(',')) return false;
            skip_space();
        }
    }

    // Steps over "[ element, … ]", calling ELEMENT, which steps over one value, for each.
    template <class Element>
    bool array(Element&& element) {
        if (!take('[')) return false;
        skip_space();
        if (take(']')) return true;
        while (true) {
            if (!element()) return false;
            skip_space();
            if (take(']')) return true;
            if (!take(',')) return false;
            skip_space();
        }
    }

  private:
    const char* at_;
    const char* end_;
};

// Writes RAW, the inside of a string that the scanner found, as the text it stands for to OUT, which
// has room for its size. An unpaired surrogate becomes U+FFFD. Returns the end of what was written.
char* write_json_unescaped(char* out, std::string_view raw);

// Writes JSON, a whole value that the scanner found, without the white space outside its strings to
// OUT, which has room for its size. Returns the end of what was written.
char* write_compact_json(char* out, std::string_view json);

}  // namespace eventfwd
