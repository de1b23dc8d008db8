#include "manifest/file_sink.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "testing/fake_time.h"
#include "testing/temporary_folder.h"

namespace signpost::manifest {
namespace {

class FileSinkTest : public ::testing::Test {
 protected:
  std::unique_ptr<FileSink> Open() { return std::move(*FileSink::Create(Target(), &random_)); }
  std::string Target() const { return (folder_ / "out.gz").string(); }
  std::string Content() const {
    std::ifstream file(Target());
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::ptrdiff_t Files() const { return std::distance(std::filesystem::directory_iterator(folder_.path()), {}); }

  testing::TemporaryFolder folder_;
  signpost::testing::SeededRandom random_{1};
};

TEST_F(FileSinkTest, KeepsTheOldFileUntilItPublishesTheNewOneForItsOwnerAlone) {
  std::ofstream(Target()) << "old";
  const auto sink = Open();
  ASSERT_TRUE(sink->Write({}, "ne"));
  ASSERT_TRUE(sink->Write({}, "w"));
  EXPECT_EQ(Content(), "old");
  ASSERT_TRUE(sink->Publish({}));
  EXPECT_EQ(Content(), "new");
  EXPECT_EQ(sink->bytes_written(), 3U);
  EXPECT_EQ(static_cast<int>(std::filesystem::status(Target()).permissions()), 0600);
  EXPECT_EQ(Files(), 1);
  EXPECT_TRUE(sink->Abandon({}));
  EXPECT_EQ(Content(), "new");
}

TEST_F(FileSinkTest, LeavesNothingWhenAbandonedOrDropped) {
  const auto abandoned = Open();
  ASSERT_TRUE(abandoned->Write({}, "half"));
  EXPECT_EQ(Files(), 1);
  EXPECT_TRUE(abandoned->Abandon({}));
  EXPECT_TRUE(abandoned->Abandon({}));
  EXPECT_EQ(Files(), 0);
  ASSERT_TRUE(Open()->Write({}, "half"));
  EXPECT_EQ(Files(), 0);
}

TEST_F(FileSinkTest, IsRefusedWhereItsFolderDoesNotExist) {
  const auto sink = FileSink::Create((folder_ / "none/out.gz").string(), &random_);
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kInvalidArgument);
}

TEST(DescriptorSink, FailsWhereTheDeviceIsFull) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  DescriptorSink sink(full);
  const Status written = sink.Write({}, "x");
  ::close(full);
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("No space left"), std::string::npos) << written.error().message;
  EXPECT_EQ(sink.bytes_written(), 0U);
}

}  // namespace
}  // namespace signpost::manifest
