#include "core/compress/compression.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/compress/compressor.h"
#include "support/faulty_file_system.h"
#include "support/temporary_directory.h"
#include "support/wait.h"

namespace eventfwd {
namespace {

class CompressionTest : public testing::TestWithParam<Compression> {
  protected:
    CompressionTest() { options_.compression = GetParam(); }

    void write(const std::string& content) { std::ofstream(path_) << content; }
    std::string compressed_path() const { return path_ + std::string(suffix_of(GetParam())); }
    // As the format's own program reads it.
    std::string unpacked() {
        const std::string program = GetParam() == Compression::gzip ? "gzip" : "zstd";
        const std::string plain = directory_ / "plain";
        const std::string command = program + " -dc " + compressed_path() + " > " + plain;
        if (std::system(command.c_str()) != 0) return program + " cannot read it";
        PosixFileSystem files;
        return read_whole_file(files, plain).value();
    }

    test::TemporaryDirectory directory_;
    const std::string path_ = directory_ / "events.log.20110808T114517Z-1";
    test::FaultyFileSystem files_;
    CompressOptions options_;
    std::atomic<bool> stop_ = false;
};

INSTANTIATE_TEST_SUITE_P(Formats, CompressionTest,
                         testing::Values(Compression::gzip, Compression::zstd));

TEST_P(CompressionTest, ReplacesAFileOfAnySizeByOneThatOthersCanRead) {
    for (const std::size_t bytes : {0U, 1U, 100U, 1U << 20, (1U << 20) + 1, 3U << 20}) {
        std::string content;
        while (content.size() < bytes)
            content += "line " + std::to_string(content.size()) + "\n";
        content.resize(bytes);
        write(content);
        ASSERT_TRUE(compress_file(files_, path_, options_, stop_));
        EXPECT_FALSE(std::filesystem::exists(path_));
        if (bytes == 0) continue;  // gzip finds no member in it, and there is nothing to find
        EXPECT_EQ(unpacked(), content);
        EXPECT_LT(std::filesystem::file_size(compressed_path()), bytes / 3 + 100);
    }
}

TEST_P(CompressionTest, KeepsTheFileWhicheverCallFails) {
    const std::string content(3000, 'x');
    for (int nth = 1; nth < 50; ++nth) {
        std::filesystem::remove(compressed_path());
        write(content);
        files_.fail_call(nth, EIO);
        const auto done = compress_file(files_, path_, options_, stop_);
        const bool has_fired = files_.has_fired();
        files_.fail_call(0, 0);
        if (std::filesystem::exists(path_)) {
            ASSERT_TRUE(compress_file(files_, path_, options_, stop_)) << "after call " << nth;
        }
        ASSERT_EQ(unpacked(), content) << "call " << nth;
        EXPECT_FALSE(std::filesystem::exists(compressed_path() + ".part"));
        if (!has_fired) {
            EXPECT_TRUE(done);
            return;
        }
    }
    FAIL() << "it never went through";
}

TEST_P(CompressionTest, LeavesTheFileAsItWasWhenItIsStopped) {
    write("content");
    stop_ = true;
    EXPECT_FALSE(compress_file(files_, path_, options_, stop_));
    EXPECT_TRUE(std::filesystem::exists(path_));
    EXPECT_FALSE(std::filesystem::exists(compressed_path() + ".part"));
}

TEST_P(CompressionTest, AThreadOfItsOwnDoesTheWork) {
    write("content");
    Compressor compressor(options_, files_, [](const std::string&, const Error& error) {
        ADD_FAILURE() << error.message;
    });
    compressor.add(directory_ / "one-that-is-gone");
    compressor.add(path_);
    EXPECT_TRUE(test::eventually([&] { return !std::filesystem::exists(path_); }));
    EXPECT_EQ(unpacked(), "content");
}

TEST(CompressorTest, TellsOnceOfAFileThatCannotBeCompressed) {
    const test::TemporaryDirectory directory;
    test::FaultyFileSystem files;
    files.refuse("open", "stuck", EACCES);
    std::atomic<int> failures = 0;
    Compressor compressor({}, files, [&](const std::string&, const Error&) { ++failures; });
    for (int tries = 0; tries < 2; ++tries) {
        compressor.add(directory / "stuck");
        const std::string behind = directory / ("behind" + std::to_string(tries));
        std::ofstream(behind) << "content";
        compressor.add(behind);
        EXPECT_TRUE(test::eventually([&] { return !std::filesystem::exists(behind); }));
    }
    EXPECT_EQ(failures, 1);
}

}  // namespace
}  // namespace eventfwd
