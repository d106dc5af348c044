#include "daemon/config/quotas_reader.h"

namespace eventfwd {
namespace {

Quota read_quota(Section section) {
    constexpr std::uint64_t kEventsMax = 1'000'000'000;
    Quota quota;
    quota.rate = section.number("rate", quota.rate, 0, kEventsMax);
    quota.burst = section.number("burst", quota.burst, 0, kEventsMax);
    section.refuse_unknown();
    return quota;
}

}  // namespace

QuotaOptions read_quotas(Section section) {
    QuotaOptions quotas;
    quotas.application = read_quota(section.section("application"));
    quotas.uid = read_quota(section.section("uid"));
    quotas.udp = read_quota(section.section("udp"));
    section.refuse_unknown();
    return quotas;
}

}  // namespace eventfwd
