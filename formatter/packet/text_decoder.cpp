#include "formatter/packet/text_decoder.h"

#include <algorithm>

#include "core/text/timestamp.h"
#include "formatter/line/escape.h"

namespace eventfwd {
namespace {

using Builder = EventBuilder;

constexpr std::string_view kBlanks = " \t";

std::string_view token_of(std::string_view text) {
    return text.substr(0, text.find_first_of(kBlanks));
}

void skip_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
}

// The timestamp at the front of LINE: one token, or a date, one space and a time of day.
std::string_view leading_timestamp(std::string_view line) {
    const std::string_view token = token_of(line);
    if (!has_timestamp_shape(token)) return {};
    if (has_date_shape(token) && line.size() > 11 && line[10] == ' ') {
        const std::string_view next = token_of(line.substr(11));
        if (begins_like_time_of_day(next)) return line.substr(0, 11 + next.size());
    }
    return token;
}

// Reads one line of pairs into the builder.
class LineReader {
  public:
    LineReader(std::string_view line, Builder& builder) : line_(line), builder_(builder) {}

    // False where the line is not of this grammar: fault() says where.
    bool read() {
        builder_.begin_event();
        skip_blanks(line_);
        if (const std::string_view time = leading_timestamp(line_); !time.empty()) {
            builder_.set(Builder::Slot::timestamp, Builder::Kind::text, time);
            line_.remove_prefix(time.size());
            skip_blanks(line_);
        }
        if (line_.empty()) return fail(kPair);
        while (!line_.empty()) {
            if (!pair()) return false;
            skip_blanks(line_);
        }
        return true;
    }

    Fault fault() const { return {Refusal::syntax, line_.data(), expected_}; }

  private:
    static constexpr std::string_view kPair = "key=value";

    // line_ begins where EXPECTED should stand.
    [[gnu::cold, gnu::noinline]] bool fail(std::string_view expected) {
        expected_ = expected;
        return false;
    }

    bool pair() {
        const std::size_t equals = line_.find_first_of(" \t=\"");
        if (equals == 0 || equals == std::string_view::npos || line_[equals] != '=') {
            return fail(kPair);
        }
        const std::string_view key = line_.substr(0, equals);
        line_.remove_prefix(equals + 1);
        const bool quoted = line_.starts_with('"');
        if (!(quoted ? quoted_value() : bare_value())) return false;
        const auto slot = Builder::slot_of(key);
        if (slot && !builder_.has(*slot)) {
            builder_.set(*slot, Builder::Kind::text, value_);
        } else {
            const bool prefixed = key.starts_with(kPropertyPrefix);
            builder_.add_property(prefixed ? key.substr(kPropertyPrefix.size()) : key, value_,
                                  Builder::Place::first);
        }
        return true;
    }

    bool bare_value() {
        value_ = token_of(line_);
        if (const std::size_t quote = value_.find('"'); quote != std::string_view::npos) {
            line_.remove_prefix(quote);
            return fail("no quote in a value that does not begin with one");
        }
        line_.remove_prefix(value_.size());
        return true;
    }

    bool quoted_value() {
        std::size_t end = 1;
        bool has_escapes = false;
        while (true) {
            end = line_.find_first_of("\\\"", end);
            if (end == std::string_view::npos) {
                line_.remove_prefix(line_.size());
                return fail("the closing quote");
            }
            if (line_[end] == '"') break;
            has_escapes = true;
            end += 2;  // whatever a backslash precedes cannot close the quote
        }
        value_ = line_.substr(1, end - 1);
        line_.remove_prefix(end + 1);
        if (has_escapes) {
            value_ =
                builder_.keep(write_unescaped(builder_.scratch(), value_, EscapeRules::lenient));
        }
        if (line_.empty() || kBlanks.contains(line_.front())) return true;
        return fail("a space behind the closing quote");
    }

    std::string_view line_;
    std::string_view expected_;
    Builder& builder_;
    std::string_view value_;
};

}  // namespace

void decode_text(std::string_view text, const DecodeContext& context) {
    while (!text.empty()) {
        const std::size_t line_feed = text.find('\n');
        std::string_view line = text.substr(0, line_feed);
        text.remove_prefix(line_feed == std::string_view::npos ? text.size() : line_feed + 1);
        if (line_feed != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        LineReader reader(line, context.builder);
        if (reader.read()) {
            context.finish(line);
        } else {
            context.handler.refuse(reader.fault(), line);
        }
    }
}

}  // namespace eventfwd
