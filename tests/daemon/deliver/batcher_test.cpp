#include "daemon/deliver/batcher.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

std::string line(const std::string& application, const std::string& event) {
    return "2011-08-08T11:45:17.735045Z application=\"" + application + "\" event=\"" + event +
           "\"\n";
}

std::vector<std::string> described(const Batch& batch) {
    std::vector<std::string> texts;
    for (const LineRun& run : batch.runs) {
        texts.push_back(std::to_string(run.first_sequence) + "+" + std::to_string(run.count) + " " +
                        std::string(run.lines));
    }
    return texts;
}

using Texts = std::vector<std::string>;

TEST(Batcher, HandsOnTheJournalsOwnBytesWhereNothingIsAsked) {
    const std::string lines = line("shop", "a") + line("blog", "b");
    const LineRun run{7, 2, lines};
    Batcher batcher({}, Form::line);
    const Batch batch = batcher.make({&run, 1});
    EXPECT_EQ(batch.runs.data(), &run);
    EXPECT_EQ(batch.count, 2U);
    EXPECT_EQ(batch.bytes(), lines.size());
}

TEST(Batcher, PicksWhatMatchesAndKeepsNumbersWithTheirLines) {
    const std::string lines =
        line("shop", "a") + line("shop", "b") + line("blog", "c") + line("shop", "d");
    const LineRun run{7, 4, lines};
    Batcher batcher({GlobList({"shop"}), {}}, Form::line);
    EXPECT_EQ(described(batcher.make({&run, 1})),
              (Texts{"7+2 " + line("shop", "a") + line("shop", "b"), "10+1 " + line("shop", "d")}));
}

TEST(Batcher, MatchesBothNames) {
    const std::string lines = line("shop", "a") + line("shop", "b") + line("blog", "a");
    const LineRun run{1, 3, lines};
    Batcher batcher({GlobList({"s*"}), GlobList({"*", "!b"})}, Form::line);
    EXPECT_EQ(described(batcher.make({&run, 1})), Texts{"1+1 " + line("shop", "a")});
}

TEST(Batcher, RendersAnew) {
    const std::string lines = line("shop", "a") + line("blog", "b") + line("shop", "c");
    const LineRun run{1, 3, lines};
    Batcher batcher({GlobList({"shop"}), {}}, Form::json);
    const std::string head =
        R"({"timestamp":"2011-08-08T11:45:17.735045Z","application":"shop","event":)";
    EXPECT_EQ(described(batcher.make({&run, 1})),
              (Texts{"1+1 " + head + "\"a\"}\n", "3+1 " + head + "\"c\"}\n"}));
}

TEST(Batcher, NothingThatMatchesIsAnEmptyBatch) {
    const std::string lines = line("shop", "a");
    const LineRun run{1, 1, lines};
    Batcher batcher({GlobList({"none"}), {}}, Form::line);
    EXPECT_EQ(batcher.make({&run, 1}).count, 0U);
}

}  // namespace
}  // namespace eventfwd
