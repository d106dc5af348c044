#include "daemon/config/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

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
                problems_.add(
                    place, path,
                    "a key must be a plain text; an address like [::1]:8514 needs quotes: "
                    "\"[::1]:8514\"");
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

// Where documents begin; what is in them passes by.
class DocumentPlaces final : public YAML::EventHandler {
  public:
    std::vector<Place> places;

    void OnDocumentStart(const YAML::Mark& mark) override { places.push_back(place_of(mark)); }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

// Two documents are looked for and no more: behind a stray comma the parser would find them for
// ever.
void refuse_second_document(const std::string& text, Problems& problems) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    DocumentPlaces found;
    if (parser.HandleNextDocument(found) && parser.HandleNextDocument(found)) {
        problems.add(found.places.back(), "",
                     "something behind the end of the document; only one is read");
    }
}

// What people most often get wrong where the parser stops.
std::string hint(const std::string& text, int line) {
    std::size_t begin = 0;
    for (int at = 0; at < line && begin != std::string::npos; ++at) {
        begin = text.find('\n', begin);
        if (begin != std::string::npos) ++begin;
    }
    if (begin == std::string::npos) return "";
    const std::string_view rest = std::string_view(text).substr(begin);
    const std::string_view whole = rest.substr(0, rest.find('\n'));
    if (whole.contains('\t')) return "; YAML is indented with spaces, not with tabs";
    if (whole.contains("[::")) return "; an IPv6 address needs quotes: \"[::1]:8514\"";
    return "";
}

}  // namespace

ConfigNode read_yaml(const std::string& text, Problems& problems) {
    if (text.size() > kBytesMax) {
        problems.add({}, "", "larger than any configuration is");
        return {};
    }
    try {
        refuse_second_document(text, problems);
        return Converter(problems).convert(YAML::Load(text), "", 0);
    } catch (const YAML::Exception& error) {
        const int line = std::max(error.mark.line, 0);
        problems.add({line + 1, std::max(error.mark.column, 0) + 1}, "",
                     fmt::format("this is not YAML: {}{}", error.msg, hint(text, line)));
        return {};
    }
}

}  // namespace eventfwd
