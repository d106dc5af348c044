// The options of a sink of type hec, with their defaults: where it sends to, what it sends around
// every event, and how long it waits.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "net/secret.h"
#include "net/tls_options.h"
#include "net/url.h"

namespace eventfwd {

enum class HecEndpoint {
    event,  // a JSON object for each event, with its time and its eventfwd_id
    raw,    // the lines alone
};

// What is sent with every event. Where a text is empty, Splunk uses what the token says.
struct HecEnvelope {
    HecEndpoint endpoint = HecEndpoint::event;

    // This machine's name, as searches show it.
    std::string host;

    std::string source = "eventfwd";
    std::string sourcetype = "eventfwd";

    // Where Splunk keeps the events.
    std::string index;

    // Indexed with every event, as names and texts. The raw endpoint has no place for them.
    std::vector<std::pair<std::string, std::string>> fields;

    // The lines are JSON objects, and are sent as objects instead of texts.
    bool has_objects = false;

    bool operator==(const HecEnvelope&) const = default;
};

struct HecSinkOptions {
    // One at least. The URL with the fewest requests under way gets the next batch.
    std::vector<Url> urls;

    // Read again on a reload, and after a 401 or 403.
    SecretSource token;

    HecEnvelope envelope;

    // A batch is delivered when Splunk has indexed it, not when Splunk has accepted it. The token
    // needs useACK.
    bool acknowledgements = false;

    // Compresses the body of every request.
    bool is_gzip = true;

    // Requests at once, over all URLs that are well.
    std::size_t connections = 4;

    // Of a connect, and of a request with its answer. Less where another URL is much faster.
    std::chrono::microseconds timeout = std::chrono::seconds(30);

    // A connection is closed when it is that old, give or take a quarter, so that a balancer can
    // spread the load anew.
    std::chrono::microseconds age_max = std::chrono::minutes(5);

    // With acknowledgements: a batch that is not indexed after that is sent again.
    std::chrono::microseconds ack_timeout = std::chrono::minutes(5);

    // With acknowledgements: how often Splunk is asked for them.
    std::chrono::microseconds ack_interval = std::chrono::seconds(1);

    // A URL in trouble is backed off while others are healthy: that long at first, doubled up to
    // the maximum.
    std::chrono::microseconds backoff_initial = std::chrono::seconds(1);
    std::chrono::microseconds backoff_max = std::chrono::minutes(1);

    // Of https:// URLs.
    TlsOptions tls;

    bool operator==(const HecSinkOptions&) const = default;
};

}  // namespace eventfwd
