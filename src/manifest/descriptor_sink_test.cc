#include <csignal>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "manifest/file_sink.h"

namespace signpost::manifest {
namespace {

/// SIGPIPE as the programs have it.
class WithoutPipeSignal {
 public:
  WithoutPipeSignal() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  ~WithoutPipeSignal() { std::signal(SIGPIPE, before_); }

 private:
  void (*const before_)(int);
};

class DescriptorSinkOnAPipe : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe2(ends_, O_CLOEXEC), 0); }
  void TearDown() override {
    CloseReader();
    ::close(ends_[1]);
  }
  void CloseReader() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }

 private:
  const WithoutPipeSignal quiet_;
  int ends_[2] = {-1, -1};
};

TEST_F(DescriptorSinkOnAPipe, FailsWithWhatHappenedWhenTheReaderIsGone) {
  DescriptorSink sink(writer());
  ASSERT_TRUE(sink.Write({}, "read before"));
  CloseReader();
  const Status written = sink.Write({}, "too late");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "writing to standard output: Broken pipe");
  EXPECT_EQ(sink.bytes_written(), 11U);
  EXPECT_TRUE(sink.Abandon({}));
}

TEST_F(DescriptorSinkOnAPipe, FailsWhenTheReaderLeavesInTheMiddleOfAWrite) {
  DescriptorSink sink(writer());
  std::jthread leaver([this] {
    char byte = 0;
    EXPECT_EQ(::read(reader(), &byte, 1), 1);
    CloseReader();
  });
  // More than a pipe holds (64 KiB), so that the write is still going on.
  const Status written = sink.Write({}, std::string(4 << 20, 'x'));
  leaver.join();
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "writing to standard output: Broken pipe");
}

TEST_F(DescriptorSinkOnAPipe, WritesAllThroughAPipeThatHoldsLess) {
  DescriptorSink sink(writer());
  const std::string bytes(1 << 20, 'x');
  std::size_t received = 0;
  std::jthread drain([&] {
    std::string buffer(1000, '\0');
    while (received < bytes.size()) {
      const ssize_t got = ::read(reader(), buffer.data(), buffer.size());
      if (got <= 0) break;
      received += static_cast<std::size_t>(got);
    }
  });
  ASSERT_TRUE(sink.Write({}, bytes));
  drain.join();
  EXPECT_EQ(received, bytes.size());
  EXPECT_EQ(sink.bytes_written(), bytes.size());
}

}  // namespace
}  // namespace signpost::manifest
