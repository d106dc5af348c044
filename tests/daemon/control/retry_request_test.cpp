#include "daemon/control/retry_request.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

TEST(RetryRequest, IsReadAsItIsWritten) {
    for (const char* text :
         {"sink lines after 0", "input local after 17 18-20 33", "sink s after 1 2"}) {
        const auto request = parse_retry_request(text);
        ASSERT_TRUE(request) << text;
        EXPECT_EQ(to_text(*request), text);
    }
    for (const char* text :
         {"", "sink", "sink s", "sink s after", "sink s after x", "sink s after 1-2",
          "file s after 0", "input  after 0", "sink s after 0 x"}) {
        EXPECT_FALSE(parse_retry_request(text)) << text;
    }
}

}  // namespace
}  // namespace eventfwd
