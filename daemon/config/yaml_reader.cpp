#include "daemon/config/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "daemon/config/yaml_hints.h"

namespace eventfwd {
namespace {

constexpr int kDepthMax = 16;
constexpr std::size_t kBytesMax = 1 << 20;
// An alias that stands for aliases would grow without bound when it is followed.
constexpr int kNodesMax = 100'000;

Place place_of(const YAML::Mark& mark) {
    return {mark.line + 1, mark.column + 1};
}

// Converts one document, node by node.
class Converter {
  public:
    explicit Converter(Problems& problems) : problems_(problems) {}

    ConfigNode convert(const YAML::Node& node, const std::string& path, int depth) {
        ConfigNode result;
        result.place = place_of(node.Mark());
        if (depth > kDepthMax || ++nodes_ > kNodesMax) {
            if (nodes_ <= kNodesMax + 1)
                problems_.add(result.place, path, "nested too deep, or too much of it");
            nodes_ = std::max(nodes_, kNodesMax + 1);
            return result;
        }
        switch (node.Type()) {
            case YAML::NodeType::Scalar:
                result.kind = ConfigNode::Kind::scalar;
                result.text = node.Scalar();
                refuse_zero_bytes(result.text, result.place, path);
                break;
            case YAML::NodeType::Sequence:
                result.kind = ConfigNode::Kind::list;
                for (const auto& item : node)
                    result.items.push_back(convert(item, path, depth + 1));
                break;
            case YAML::NodeType::Map:
                result.kind = ConfigNode::Kind::map;
                convert_members(node, path, depth, result);
                break;
            default:
                break;
        }
        return result;
    }

  private:
    // Whatever hands TEXT to the system would mean a shorter one.
    void refuse_zero_bytes(const std::string& text, Place place, const std::string& path) {
        if (text.contains('\0')) problems_.add(place, path, "expected a text without zero bytes");
    }

    void convert_members(const YAML::Node& node, const std::string& path, int depth,
                         ConfigNode& result) {
        std::set<std::string> seen;
        for (const auto& member : node) {
            const Place place = place_of(member.first.Mark());
            if (!member.first.IsScalar()) {
                problems_.add(place, path,
                              member.first.IsNull()
                                  ? "a key that is nothing; one of the name null or ~ needs quotes"
                                  : "a key must be a plain text; an address like [::1]:8514 needs "
                                    "quotes: \"[::1]:8514\"");
                continue;
            }
            const std::string key = member.first.Scalar();
            refuse_zero_bytes(key, place, path);
            const std::string inner = path.empty() ? key : path + "." + key;
            if (!seen.insert(key).second) {
                problems_.add(place, inner, "given twice");
                continue;
            }
            ConfigNode value = convert(member.second, inner, depth + 1);
            // The parser knows no place for nothing, or that of what comes next.
            if (value.kind == ConfigNode::Kind::null) value.place = place;
            result.members.push_back({key, place, std::move(value)});
        }
    }

    Problems& problems_;
    int nodes_ = 0;
};

// Whether the quote that begins at AT of TEXT, if there is one, has no end.
bool is_open_quote(std::string_view text, std::size_t at) {
    if (at >= text.size() || (text[at] != '"' && text[at] != '\'')) return false;
    const char quote = text[at++];
    const std::string_view ends = quote == '"' ? "\"\\" : "'";
    for (; (at = text.find_first_of(ends, at)) != std::string_view::npos; at += 2) {
        const bool is_doubled = quote == '\'' && text.substr(at).starts_with("''");
        if (text[at] == quote && !is_doubled) return false;
    }
    return true;
}

// Where documents begin, and what the parser takes for something else than it was meant to be: a
// quote that has no end, with all that follows in it; a text that begins with ! or &.
class Outline final : public YAML::EventHandler {
  public:
    explicit Outline(std::string_view text) : text_(text) {}

    std::vector<Place> documents;
    std::optional<Place> open_quote;
    std::vector<std::pair<Place, std::string>> unquoted;

    void OnDocumentStart(const YAML::Mark& mark) override { documents.push_back(place_of(mark)); }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  const std::string& value) override {
        if (is_open_quote(text_, static_cast<std::size_t>(mark.pos))) open_quote = place_of(mark);
        if (tag.size() > 1 && tag.front() == '!')
            unquoted.emplace_back(place_of(mark), tag + value);
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (anchor != 0) unquoted.emplace_back(place_of(mark), "&");
    }
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

  private:
    std::string_view text_;
};

// Two documents are looked for and no more: behind a stray comma the parser would find them for
// ever.
void check_outline(const std::string& text, Problems& problems) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Outline outline(text);
    if (parser.HandleNextDocument(outline) && parser.HandleNextDocument(outline)) {
        problems.add(outline.documents.back(), "",
                     "something behind the end of the document; only one is read");
    }
    if (outline.open_quote) {
        problems.add(*outline.open_quote, "",
                     "a quote that has no end: all that follows would be a part of it");
    }
    for (const auto& [place, value] : outline.unquoted)
        problems.add(place, "", "expected a text" + needs_quotes(value));
}

}  // namespace

ConfigNode read_yaml(std::string text, Problems& problems) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
    if (text.size() > kBytesMax) {
        problems.add({}, "", "larger than any configuration is");
        return {};
    }
    try {
        check_outline(text, problems);
        return Converter(problems).convert(YAML::Load(text), "", 0);
    } catch (const YAML::Exception& error) {
        const Place place{std::max(error.mark.line, 0) + 1, std::max(error.mark.column, 0) + 1};
        problems.add(place, "",
                     fmt::format("this is not YAML: {}{}", error.msg, yaml_hint(text, place)));
        return {};
    }
}

}  // namespace eventfwd
