#include "daemon/config/tls_reader.h"

#include "net/tls.h"

namespace eventfwd {

TlsOptions read_tls(Section section, ReadContext& context) {
    TlsOptions options;
    options.ca = context.path(section, "ca");
    options.verify = section.boolean("verify", options.verify);
    options.certificate = context.path(section, "certificate");
    options.key = context.path(section, "key");
    section.refuse_unknown();
    if (!options.key.empty() && options.certificate.empty()) {
        section.problem("key", "expected a certificate beside it");
    }
    const TlsProblems problems = check_tls_files(options);
    const auto tell = [&](std::string_view key, const std::string& problem) {
        if (!problem.empty()) section.problem(key, problem);
    };
    tell("ca", problems.ca);
    tell("certificate", problems.certificate);
    tell(options.key.empty() ? "certificate" : "key", problems.key);
    return options;
}

}  // namespace eventfwd
