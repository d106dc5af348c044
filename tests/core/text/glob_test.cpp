#include "core/text/glob.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

TEST(Glob, StarIsAnyRunAndQuestionMarkAnyByte) {
    EXPECT_TRUE(glob_matches("*", ""));
    EXPECT_TRUE(glob_matches("blog*", "blog-test"));
    EXPECT_TRUE(glob_matches("*a*b", "xxaxxbxb"));
    EXPECT_TRUE(glob_matches("sh?p", "shop"));
    EXPECT_FALSE(glob_matches("sh?p", "shp"));
    EXPECT_FALSE(glob_matches("blog", "blog2"));
    EXPECT_FALSE(glob_matches("", "x"));
}

TEST(Glob, ManyStarsTakeNoLongerThanFew) {
    EXPECT_FALSE(glob_matches(std::string(60, '*') + "b", std::string(5000, 'a')));
}

TEST(GlobList, ExcludesWhatALeadingMarkNames) {
    const GlobList list({"shop", "blog*", "!blog-test"});
    EXPECT_TRUE(list.passes("shop"));
    EXPECT_TRUE(list.passes("blog-live"));
    EXPECT_FALSE(list.passes("blog-test"));
    EXPECT_FALSE(list.passes("other"));
    EXPECT_FALSE(list.passes_all());
}

TEST(GlobList, PassesAllUnlessItSaysOtherwise) {
    EXPECT_TRUE(GlobList().passes("anything"));
    EXPECT_TRUE(GlobList().passes_all());
    EXPECT_TRUE(GlobList({"*"}).passes_all());
    EXPECT_TRUE(GlobList({"!x"}).passes("anything"));
    EXPECT_FALSE(GlobList({"!x"}).passes("x"));
    EXPECT_FALSE(GlobList({"!x"}).passes_all());
}

}  // namespace
}  // namespace eventfwd
