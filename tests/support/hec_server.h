// A scripted HEC for tests: it speaks as Splunk does, keeps what it took, and is as hostile as it
// is told to be. It runs on a thread of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace eventfwd::test {

// What is done with one request for events, instead of taking it.
struct HecAct {
    enum class Then {
        answer,             // with status and body
        reset_at_once,      // behind the head, with the body unread
        answer_at_once,     // behind the head, that all is well, then a reset
        reset,              // behind the whole request
        say_nothing,        // until the client goes
        drip,               // the answer's body, byte by byte, for ever
        pour,               // an answer whose body never ends
        cut,                // half of the answer, then the end of the connection
        answer_and_vanish,  // the answer, then the end of the connection without a word of TLS
        answer_until_end,   // the same, and nothing else tells the length of the answer
    };
    Then then = Then::answer;
    unsigned status = 200;
    std::string body;       // empty: Splunk's success
    std::string headers;    // more lines, each with its CRLF
    std::size_t takes = 0;  // so many events from the beginning are kept all the same

    static HecAct refuse(unsigned status, const std::string& body,
                         const std::string& headers = "") {
        return {Then::answer, status, body, headers, 0};
    }
    static HecAct take_and(Then then) { return {then, 200, "", "", SIZE_MAX}; }
    static HecAct lose_and(Then then) { return {then, 200, "", "", 0}; }
};

// A request as it came.
struct HecSeen {
    std::string target;
    std::string head;  // with its request line
    std::size_t connection = 0;
    std::size_t events = 0;
    std::size_t bytes = 0;  // of the body, unpacked

    std::string header(const std::string& name) const;  // empty: there is none
};

struct HecEvent {
    std::string id;    // its eventfwd_id; empty for the raw endpoint
    std::string line;  // as text, or the JSON of an object
    std::string json;  // all of it
};

struct HecServerOptions {
    std::uint16_t port = 0;   // 0: any
    std::string certificate;  // with its key, in one file; empty: plain HTTP
    std::string client_ca;    // asks clients for a certificate of it; empty: does not
};

class HecServer {
  public:
    explicit HecServer(HecServerOptions options = {});
    ~HecServer();
    HecServer(const HecServer&) = delete;
    HecServer& operator=(const HecServer&) = delete;

    std::uint16_t port() const;
    std::string url() const;

    // The next requests for events, one act each.
    void next(std::vector<HecAct> acts);
    // All of them, behind those; nothing: they are taken.
    void always(std::optional<HecAct> act);
    // One of so many.
    void fault_every(std::size_t requests, HecAct act);
    // Refuses a request with an event that contains TEXT with this CODE, saying which it is if
    // IS_NUMBERED; where TAKES_BEFORE, what stands before it is kept.
    void refuse_containing(const std::string& text, int code, bool is_numbered,
                           bool takes_before = false);
    // Every answer comes so much later.
    void delay(std::chrono::milliseconds delay);
    // Larger ones, unpacked, are answered with 413.
    void limit_body(std::size_t bytes);
    // Anything else is answered with 403; empty: all are good.
    void want_token(const std::string& token);
    void set_cookie(const std::string& cookie);
    // Answers with ids from now on, and acknowledges each after it was asked for so many times.
    void acknowledge_after(std::size_t questions);
    // Begins to count anew, and knows nothing of the ids that it gave out.
    void forget_acks();

    std::vector<HecEvent> events() const;
    std::vector<std::string> lines() const;
    std::vector<HecSeen> requests() const;   // for events
    std::vector<HecSeen> questions() const;  // for acknowledgements
    std::size_t connections() const;

    // From now on TOLD is called for every event that would be kept, on the server's thread.
    void tell_instead_of_keeping(std::function<void(const HecEvent&)> told);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace eventfwd::test
