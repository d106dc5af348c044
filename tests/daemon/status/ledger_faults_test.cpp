#include "daemon/status/ledger_faults.h"

#include <gmock/gmock.h>

#include "daemon/status/status_json.h"

namespace eventfwd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Seven received, of which two are refused; four recovered; numbers 10 to 19 were left out.
Status closed() {
    Status status;
    status.journal = {1, 19, 0, 1, 19, 10};
    status.recovered = 4;
    InputStatus input{"local", {}, {}, false};
    input.counts.intake.received = 7;
    input.counts.intake.accepted = 5;
    input.counts.intake.refused[0] = 2;
    status.inputs = {input};
    SinkStatus sink{"lines", {}, 0};
    sink.courier.cursor = 9;
    sink.courier.settled_ahead = 3;
    sink.courier.ledger.joined = 2;
    sink.courier.ledger.delivered = 6;
    sink.courier.ledger.filtered = 1;
    sink.courier.ledger.shed_unknown = 3;
    status.sinks = {sink};
    return status;
}

TEST(LedgerFaults, AreNoneWhereEveryEventIsCountedOnce) {
    EXPECT_THAT(ledger_faults(closed()), IsEmpty());
    EXPECT_THAT(to_json(closed()), HasSubstr(R"("ledger":{"closes":true,"faults":[]})"));
}

TEST(LedgerFaults, NameTheInputThatCountsARefusalTwice) {
    Status status = closed();
    ++status.inputs[0].counts.intake.refused[1];
    EXPECT_THAT(ledger_faults(status),
                ElementsAre("input local: received = accepted + refused: 7 is not 8"));
}

TEST(LedgerFaults, NameTheJournalThatHoldsWhatIsCountedNowhere) {
    Status status = closed();
    status.recovered = 3;
    EXPECT_THAT(ledger_faults(status), ElementsAre(HasSubstr("journal: ")));
    EXPECT_THAT(to_json(status), HasSubstr(R"("ledger":{"closes":false,"faults":["journal: )"));
}

TEST(LedgerFaults, NameTheSinkThatHasMoreThanItIsSent) {
    Status status = closed();
    ++status.sinks[0].courier.ledger.delivered;
    EXPECT_THAT(ledger_faults(status), ElementsAre(HasSubstr("sink lines: ")));
}

}  // namespace
}  // namespace eventfwd
