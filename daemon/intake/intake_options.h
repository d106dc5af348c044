// The options of an input's intake, with their defaults.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "formatter/packet/decoder.h"

namespace eventfwd {

struct IntakeOptions {
    // The input's, in the configuration.
    std::string name;

    // Of events that name none; empty: they are refused.
    std::string application;

    // How packets become events.
    DecodeOptions decode;

    // Users whose packets are taken, by the credentials that a Unix socket brings; empty: all.
    std::vector<uid_t> allow_uids;

    bool operator==(const IntakeOptions&) const = default;
};

}  // namespace eventfwd
