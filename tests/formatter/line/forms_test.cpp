#include "formatter/line/forms.h"

#include <gtest/gtest.h>

#include "support/time_zone.h"

namespace eventfwd {
namespace {

class FormsTest : public testing::Test {
  protected:
    std::string in_form(Form form, std::string_view line) {
        std::string out;
        append_form(out, form, line, parser_);
        return out;
    }
    const test::TimeZone zone_{"Europe/Amsterdam"};
    LineParser parser_;
};

constexpr std::string_view kLine =
    R"(2011-08-08T11:45:17.735045Z application="my\"app" event="login" distinct_id="u1" increment="3" analytics_prop__a="x\ny\xFF" analytics_prop__b="")";

TEST_F(FormsTest, LineIsItself) {
    EXPECT_EQ(in_form(Form::line, kLine), kLine);
}

TEST_F(FormsTest, SdkLineIsWhatTheTrackerOfTheSdkWrites) {
    EXPECT_EQ(
        in_form(Form::sdk_line, kLine),
        "2011-08-08T13:45:17.735045 application=\"my'app\" event=\"login\" distinct_id=\"u1\"  "
        "analytics_prop__a=\"x y\xFF\" analytics_prop__b=\"\" ");
}

TEST_F(FormsTest, SdkLineLeavesOutAFractionOfZeroAndAnAbsentId) {
    EXPECT_EQ(in_form(Form::sdk_line, R"(2011-01-08T11:45:17.000000Z application="a" event="e")"),
              R"(2011-01-08T12:45:17 application="a" event="e"  )");
}

constexpr std::string_view kControls =
    R"(2011-01-08T11:45:17.000000Z application="a" event="e" analytics_prop__p="\x1B[2J\t\x7F\xC2\x9B\xE2\x80\xA8\x9B\xC0\x85.\xE9")";

TEST_F(FormsTest, SdkLineHasASpaceForEveryControlCharacter) {
    EXPECT_EQ(in_form(Form::sdk_line, kControls),
              "2011-01-08T12:45:17 application=\"a\" event=\"e\"  "
              "analytics_prop__p=\" [2J\t    \xC0 .\xE9\" ");
}

TEST_F(FormsTest, JsonHasNoControlCharacterAsItIs) {
    EXPECT_EQ(
        in_form(Form::json, kControls),
        R"({"timestamp":"2011-01-08T11:45:17.000000Z","application":"a","event":"e","properties":)"
        R"({"p":"\u001b[2J\t\u007f\u009b\u2028\\x9B\\xC0\\x85.\\xE9"}})");
}

TEST_F(FormsTest, JsonHasTextsAndLeavesOutWhatIsAbsent) {
    EXPECT_EQ(
        in_form(Form::json, kLine),
        R"({"timestamp":"2011-08-08T11:45:17.735045Z","application":"my\"app","event":"login",)"
        R"("distinct_id":"u1","increment":"3","properties":{"a":"x\ny\\xFF","b":""}})");
    EXPECT_EQ(in_form(Form::json, R"(2011-01-08T11:45:17.000000Z application="a" event="e")"),
              R"({"timestamp":"2011-01-08T11:45:17.000000Z","application":"a","event":"e"})");
}

}  // namespace
}  // namespace eventfwd
