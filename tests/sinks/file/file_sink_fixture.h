// A file sink with a stand-in for its courier, which saves cursors in memory and can forget to.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <fstream>

#include "sinks/file/file_sink.h"
#include "support/faulty_file_system.h"
#include "support/manual_clock.h"
#include "support/temporary_directory.h"

namespace eventfwd {

class FileSinkTest : public testing::Test, protected Checkpoint, protected FileSinkProbe {
  protected:
    FileSinkTest() { options_.path = directory_ / "logs/events.log"; }

    void make() { sink_ = FileSink::make(options_, files_, clock_, *this).value(); }
    // kill -9: a new sink, which finds the cursor that was saved last.
    void crash() {
        make();
        sink_->restore_state(cursor_);
    }
    Result<> save() override {
        if (auto synced = sink_->sync(); !synced) return synced;
        cursor_ = Record();
        sink_->save_state(cursor_);
        return {};
    }
    void met_foreign_bytes(const std::string&) override { ++foreign_; }
    void rotated(const std::string&) override { ++rotated_; }
    void chore_failed(const std::string& path, std::string_view what, const Error&) override {
        notes_.push_back(std::filesystem::path(path).filename().string() + " not " +
                         std::string(what));
    }
    void chore_recovered(const std::string& path, std::string_view what) override {
        notes_.push_back(std::filesystem::path(path).filename().string() + " " + std::string(what));
    }

    Outcome try_send(const std::string& lines) {
        const LineRun run{1, static_cast<std::uint32_t>(std::ranges::count(lines, '\n')), lines};
        const Batch batch{{&run, 1}, {&run, 1}, run.count};
        return try_send_batch(batch);
    }
    Outcome try_send_batch(const Batch& batch) {
        boost::asio::io_context io;
        auto outcome =
            boost::asio::co_spawn(io, sink_->send(batch, *this), boost::asio::use_future);
        io.run();
        Outcome sent = outcome.get();
        if (sent.kind == Outcome::Kind::delivered && settles_) sink_->settle();
        return sent;
    }
    void send(const std::string& lines) {
        const Outcome outcome = try_send(lines);
        EXPECT_EQ(outcome.kind, Outcome::Kind::delivered) << outcome.reason;
    }
    std::string content(const std::string& name) {
        PosixFileSystem files;
        return read_whole_file(files, directory_ / ("logs/" + name)).value_or("missing");
    }
    // The contents of all files of the log in order: the rotated ones, then the live one.
    std::string all() {
        PosixFileSystem files;
        std::string whole;
        const auto rotated = rotated_files(files, directory_ / "logs", "events.log").value();
        for (const std::string& name : rotated)
            whole += content(name);
        return whole + content("events.log");
    }

    test::TemporaryDirectory directory_;
    test::FaultyFileSystem files_;
    test::ManualClock clock_;
    FileSinkOptions options_;
    std::unique_ptr<FileSink> sink_;
    Record cursor_;
    int foreign_ = 0;
    int rotated_ = 0;
    std::vector<std::string> notes_;  // of chores
    bool settles_ = true;
};

inline std::string line(const std::string& application, int number) {
    return "2011-08-08T11:45:17.735045Z application=\"" + application + "\" event=\"e" +
           std::to_string(number) + "\"\n";
}

}  // namespace eventfwd
