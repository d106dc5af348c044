// Arbitrary bytes as what a HEC, or whoever speaks for one, answers: its body, a Retry-After, a
// cookie, acknowledgements; and as a URL of the configuration.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "core/text/json_escape.h"
#include "net/cookies.h"
#include "net/url.h"
#include "sinks/hec/hec_acks.h"
#include "sinks/hec/hec_response.h"

namespace {

using namespace eventfwd;

constexpr Instant kNow{std::chrono::seconds(784'111'777)};
constexpr std::size_t kCount = 10;

void require(bool holds) {
    if (!holds) std::abort();
}

void check_response(const std::string& text) {
    for (const unsigned status : {0U, 200U, 202U, 400U, 403U, 413U, 503U}) {
        const Outcome outcome = outcome_of({status, text, text, {}}, kCount, kNow);
        require(outcome.in_doubt <= kCount);
        require(outcome.kind != Outcome::Kind::delivered || status == 200 || status == 202);
        require(!outcome.after || *outcome.after >= std::chrono::seconds(0));
    }
    require(plain_body(text).size() <= std::max(text.size(), kHecBodyBytesMax));
    HecAcks acks;
    const auto ticket = acks.expect(0);
    (void)acks.apply(text);
    require(acks.state(ticket) != HecAcks::State::lost);
}

void check_cookies(const std::string& text) {
    Cookies cookies;
    cookies.take(text);
    for (const char c : cookies.header())
        require(c >= ' ' && c < '\x7F');
}

void check_url(const std::string& text) {
    const auto url = Url::parse(text);
    if (!url) return;
    require(Url::parse(url->text()) == url);
    for (const char c : url->text())
        require(c > ' ' && c < '\x7F');
}

void check_escape(const std::string& text) {
    std::string out(kJsonGrowthMax * text.size() + 16, '\0');
    const char* const end = write_json_escaped(out.data(), text);
    out.resize(static_cast<std::size_t>(end - out.data()));
    for (const char c : out)
        require(static_cast<unsigned char>(c) >= 0x20);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_response(text);
    check_cookies(text);
    check_url(text);
    check_escape(text);
    return 0;
}
