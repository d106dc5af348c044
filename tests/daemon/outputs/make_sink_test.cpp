#include "daemon/outputs/make_sink.h"

#include <gtest/gtest.h>

#include "sinks/hec/hec_sink.h"
#include "sinks/stdout/stdout_sink.h"
#include "sinks/syslog/syslog_sink.h"
#include "support/manual_clock.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

class MakeSinkTest : public testing::Test {
  protected:
    Result<std::unique_ptr<Sink>> make(const Destination& destination) {
        return make_sink(destination, "journal-id", {files_, clock_, file_probe_, hec_probe_});
    }
    template <class Kind>
    bool makes(const Destination& destination) {
        const auto sink = make(destination);
        return sink && dynamic_cast<const Kind*>(sink->get()) != nullptr;
    }

    test::TemporaryDirectory directory_;
    PosixFileSystem files_;
    test::ManualClock clock_;
    FileSinkProbe file_probe_;
    HecSinkProbe hec_probe_;
};

TEST_F(MakeSinkTest, MakesTheSinkOfEachType) {
    FileSinkOptions file;
    file.path = directory_ / "events.log";
    EXPECT_TRUE(makes<FileSink>(file));
    HecSinkOptions hec;
    hec.urls = {Url::parse("http://127.0.0.1:1").value()};
    EXPECT_TRUE(makes<HecSink>(hec));
    EXPECT_TRUE(makes<StdoutSink>(StdoutSinkOptions{}));
    EXPECT_TRUE(makes<SyslogSink>(SyslogSinkOptions{}));
}

TEST_F(MakeSinkTest, SaysWhyAFileCannotBeOne) {
    FileSinkOptions file;
    file.path = directory_ / "{nothing}.log";
    const auto sink = make(file);
    ASSERT_FALSE(sink);
    EXPECT_TRUE(sink.error().message.contains("{nothing}")) << sink.error().message;
}

}  // namespace
}  // namespace eventfwd
