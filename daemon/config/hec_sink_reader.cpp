#include "daemon/config/hec_sink_reader.h"

#include <fmt/format.h>

#include <array>

#include "daemon/config/tls_reader.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

// Splunk's manual shows the address with the endpoint behind it, which the sink adds by itself.
void drop_endpoint(Url& url) {
    constexpr std::string_view kEndpoint = "/services/collector";
    const std::size_t at = url.prefix.rfind(kEndpoint);
    if (at == std::string::npos) return;
    const std::string_view rest = std::string_view(url.prefix).substr(at + kEndpoint.size());
    if (rest.empty() || rest.front() == '/') url.prefix.resize(at);
}

std::vector<Url> read_urls(Section& section) {
    if (!section.has("urls")) {
        section.problem("urls", "missing; expected one like https://splunk-1:8088, or a list");
    }
    const std::vector<std::string> texts = section.texts("urls", {});
    std::vector<Url> urls;
    for (std::size_t at = 0; at < texts.size(); ++at) {
        if (auto url = Url::parse(texts[at])) {
            drop_endpoint(*url);
            urls.push_back(std::move(*url));
        } else {
            section.problem_in(
                "urls", at,
                fmt::format("expected a URL like https://splunk-1:8088, found '{}'", texts[at]));
        }
    }
    if (section.has("urls") && texts.empty()) section.problem("urls", "expected at least one");
    return urls;
}

SecretSource read_token(Section& section, ReadContext& context) {
    SecretSource token;
    const std::string file = section.text("token_file", "");
    token.environment = section.text("token_env", "");
    if (file.empty() == token.environment.empty()) {
        section.problem("token_file", "expected either token_file or token_env");
    }
    if (file.empty()) return token;
    token.file = context.path(section, "token_file");
    if (!file.contains('/')) token.credential = file;
    return token;
}

HecEnvelope read_envelope(Section& section, const std::string& host) {
    constexpr std::array<std::string_view, 2> kEndpoints{"event", "raw"};
    HecEnvelope envelope;
    envelope.endpoint = section.choice("endpoint", kEndpoints, envelope.endpoint);
    envelope.host = host;
    envelope.index = section.text("index", envelope.index);
    envelope.source = section.text("source", envelope.source);
    envelope.sourcetype = section.text("sourcetype", envelope.sourcetype);
    Section fields = section.section("fields");
    for (const std::string& name : fields.keys()) {
        if (name == "eventfwd_id" || name == "replayed") {
            fields.problem(name, "expected another name: this one is eventfwd's own");
        }
        envelope.fields.emplace_back(name, fields.text(name, ""));
    }
    if (envelope.endpoint == HecEndpoint::raw && !envelope.fields.empty()) {
        section.problem("fields", "expected none: the raw endpoint has no place for them");
    }
    return envelope;
}

}  // namespace

Destination read_hec_sink(Section& section, ReadContext& context, const CourierOptions& courier) {
    constexpr std::array<std::string_view, 2> kCompressions{"none", "gzip"};
    HecSinkOptions hec;
    hec.urls = read_urls(section);
    hec.token = read_token(section, context);
    hec.envelope = read_envelope(section, context.host);
    hec.envelope.has_objects = courier.form == Form::json;
    hec.acknowledgements = section.boolean("acknowledgements", hec.acknowledgements);
    hec.is_gzip = section.choice("compression", kCompressions, hec.is_gzip) == 1;
    hec.connections = section.number("connections", hec.connections, 1, 64);
    hec.timeout = section.duration("timeout", hec.timeout, 100ms, 1h);
    hec.tls = read_tls(section.section("tls"), context);
    return hec;
}

std::string describe(const HecSinkOptions& hec) {
    std::string text = "hec";
    for (const Url& url : hec.urls)
        text += " " + url.text();
    return fmt::format("{}, {} connections, {}, acknowledgements {}", text, hec.connections,
                       hec.is_gzip ? "gzip" : "not compressed",
                       hec.acknowledgements ? "on" : "off");
}

Warnings warnings_of(const HecSinkOptions& hec) {
    Warnings warnings;
    for (const Url& url : hec.urls) {
        if (url.is_tls || url.is_loopback()) continue;
        warnings.push_back({"", url.text() + " sends the token and every event unencrypted"});
    }
    if (!hec.tls.verify) {
        warnings.push_back({"tls.verify", "false sends the token to whoever answers"});
    }
    if (hec.acknowledgements) {
        warnings.push_back(
            {"acknowledgements",
             "an acknowledgement is known to the indexer alone that took the events; a balancer in "
             "between has to keep a connection's requests at one of them"});
    }
    return warnings;
}

}  // namespace eventfwd
