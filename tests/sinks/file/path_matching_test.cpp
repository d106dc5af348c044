#include "sinks/file/path_matching.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

FileUser user(const std::string& path, const std::string& key = "sinks.a.path",
              NameFilter takes = {}) {
    return {key, PathTemplate::parse(path).value(), std::move(takes)};
}

bool meet(const std::string& first, const std::string& second) {
    const bool met = find_conflict(user(first), user(second)).has_value();
    EXPECT_EQ(met, find_conflict(user(second), user(first)).has_value()) << first << " " << second;
    return met;
}

TEST(PathMatching, ATemplateMeetsAFixedPathThatItCanMake) {
    EXPECT_TRUE(meet("/e/{application}.log", "/e/shop.log"));
    EXPECT_TRUE(meet("/e/{application}/{date}.log", "/e/shop/2011-08-08.log"));
    EXPECT_TRUE(meet("/e/{application}.log", "/e/a_b-0123456789abcdef.log"));  // of a name like a/b
    EXPECT_FALSE(meet("/e/{application}.log", "/e/shop.json"));
    EXPECT_FALSE(meet("/e/{application}.log", "/e/.log"));
    EXPECT_FALSE(meet("/e/{application}.log", "/f/shop.log"));
    EXPECT_FALSE(meet("/e/{application}.log", "/e/sh op.log"));
    EXPECT_FALSE(meet("/e/{date}.log", "/e/shop.log"));
    EXPECT_FALSE(meet("/e/x{application}", "/e/x" + std::string(82, 'a')));
    EXPECT_TRUE(meet("/e/{application}", "/e/" + std::string(64, 'a')));
    EXPECT_FALSE(meet("/e/{application}", "/e/" + std::string(65, 'a')));
}

TEST(PathMatching, OneEventHasOneApplicationWhereverItStands) {
    EXPECT_TRUE(meet("/e/{application}/{application}.log", "/e/shop/shop.log"));
    EXPECT_FALSE(meet("/e/{application}/{application}.log", "/e/shop/blog.log"));
}

TEST(PathMatching, TemplatesMeetWhereTheirPlaceholdersCanStandForTheSame) {
    EXPECT_TRUE(meet("/e/{application}/{date}.log", "/e/{event}/{date}.log"));
    EXPECT_TRUE(meet("/e/{application}.log", "/e/{application}-{event}.log"));
    EXPECT_TRUE(meet("/e/{application}/x", "/e/{date}/{event}"));
    EXPECT_TRUE(meet("/e/shop/{event}.log", "/e/{application}/{event}.log"));
    EXPECT_FALSE(meet("/e/a-{event}.log", "/e/b-{event}.log"));
    EXPECT_FALSE(meet("/e/{date}.log", "/e/{hour}.log"));
    EXPECT_FALSE(meet("/e/{application}.log", "/e/{application}/{event}.log"));
    EXPECT_FALSE(meet("/e/{application}.log", "/e/{application}.json"));
    EXPECT_FALSE(meet("/e/{application}/x", "/e/{application}/y"));
}

TEST(PathMatching, NeitherADotNorTwoDotsIsAName) {
    EXPECT_FALSE(meet("/e/x{application}", "/e/x."));
    EXPECT_FALSE(meet("/e/x{application}", "/e/x.."));
    EXPECT_TRUE(meet("/e/x{application}", "/e/x..."));
    EXPECT_FALSE(meet("/e/{hour}{application}x", "/e/{hour}.x"));
    EXPECT_TRUE(meet("/e/{hour}{application}x", "/e/{hour}.ax"));
}

TEST(PathMatching, ASinkThatDoesNotTakeAnEventDoesNotMakeItsPath) {
    const NameFilter others{GlobList({"!shop"}), {}};
    EXPECT_FALSE(
        find_conflict(user("/e/{application}.log", "sinks.a.path", others), user("/e/shop.log")));
    EXPECT_TRUE(
        find_conflict(user("/e/{application}.log", "sinks.a.path", others), user("/e/blog.log")));
}

TEST(PathMatching, ARotatedNameOfOneFileIsNotTheNameOfAnother) {
    EXPECT_TRUE(meet("/e/a.log", "/e/a.log.20110808T114517Z-1"));
    EXPECT_TRUE(meet("/e/a.log", "/e/a.log.20110808T114517Z-1.gz"));
    EXPECT_FALSE(meet("/e/a.log", "/e/b.log.20110808T114517Z-1"));
    // A template's name that would look like one gets a hash.
    EXPECT_FALSE(meet("/e/{application}", "/e/a.log.20110808T114517Z-1"));
}

TEST(PathMatching, NoFileIsTheDirectoryOfAnother) {
    EXPECT_TRUE(meet("/e/shop", "/e/shop/{event}.log"));
    EXPECT_TRUE(meet("/e/shop", "/e/shop/more/events.log"));
    EXPECT_TRUE(meet("/e/{application}", "/e/shop/{event}.log"));
    EXPECT_TRUE(meet("/e/{application}", "/e/{application}/{event}.log"));
    EXPECT_FALSE(meet("/e/shop.log", "/e/{application}/{event}.log"));
    EXPECT_FALSE(meet("/e/sho", "/e/shop/{event}.log"));
    EXPECT_EQ(find_conflict(user("/e/shop"), user("/e/shop/{event}.log")),
              "needs a directory where there can be a file of sinks.a.path");
    EXPECT_EQ(find_conflict(user("/e/shop/{event}.log"), user("/e/shop")),
              "can lead to a file where there is a directory of sinks.a.path");
}

TEST(PathMatching, KnowsEveryPathThatATemplateMakes) {
    for (const char* text : {"/e/{application}.log", "/e/{application}/{event}-{date}T{hour}",
                             "/e/x{event}{application}"}) {
        const PathTemplate path = PathTemplate::parse(text).value();
        for (const std::string& name :
             {std::string("shop"), std::string("a/b"), std::string(".."), std::string("."),
              std::string(300, 'x'), std::string("b.20200101T000000Z-1"), std::string("\xFF")}) {
            Event event;
            event.application = name;
            event.event = "e";
            const std::string below = path.below_root(event);
            EXPECT_TRUE(can_make(path, below)) << below;
            EXPECT_TRUE(find_conflict(user(text), user("/e/" + below))) << below;
        }
    }
}

}  // namespace
}  // namespace eventfwd
