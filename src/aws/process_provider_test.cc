#include "aws/process_provider.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "testing/temporary_folder.h"

namespace signpost::aws {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// tests/conformance/test_config_oracle.py compares these rules with those of Python's shlex.split().
TEST(CommandLine, SplitsLikeAShellThatExpandsNothing) {
  EXPECT_THAT(*SplitCommandLine("  a  b\tc "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(*SplitCommandLine(R"(a "b c" 'd e'f)"), ElementsAre("a", "b c", "d ef"));
  EXPECT_THAT(*SplitCommandLine(R"(a\ b "\"x\" \n" '\')"), ElementsAre("a b", R"("x" \n)", "\\"));
  EXPECT_THAT(*SplitCommandLine(R"(a "" '')"), ElementsAre("a", "", ""));
  EXPECT_THAT(*SplitCommandLine("$HOME;ls|x>y"), ElementsAre("$HOME;ls|x>y"));
  EXPECT_THAT(*SplitCommandLine(R"("\$" "\`" "\\")"), ElementsAre(R"(\$)", R"(\`)", "\\"));
}

TEST(CommandLine, RefusesOpenQuotesAndNothing) {
  for (const std::string line : {"", "  ", "a 'b", "a \"b", "a\\"}) EXPECT_FALSE(SplitCommandLine(line)) << line;
}

Result<Credentials> FetchFrom(const std::string& command) { return ProcessProvider(command, "dev").Fetch({}); }

TEST(ProcessProvider, ReadsKeysTokenAndExpiry) {
  const auto credentials = FetchFrom(
      R"(printf %s '{"Version":1,"AccessKeyId":"AK","SecretAccessKey":"SK","SessionToken":"ST","Expiration":"2026-01-01T06:00:00Z"}')");
  ASSERT_TRUE(credentials) << credentials.error().ToString();
  EXPECT_EQ(credentials->access_key_id, "AK");
  EXPECT_EQ(credentials->secret_access_key.Reveal(), "SK");
  EXPECT_EQ(credentials->session_token.Reveal(), "ST");
  EXPECT_EQ(credentials->expires_at, std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + std::chrono::hours(6));
}

TEST(ProcessProvider, RefusesOtherOutputWithoutShowingIt) {
  for (const std::string command :
       {R"(printf %s '{"Version":2,"AccessKeyId":"AK","SecretAccessKey":"HIDDEN"}')",
        R"(printf %s '{"AccessKeyId":"AK","SecretAccessKey":"HIDDEN"}')", "printf HIDDEN", "printf '[1]'",
        R"(printf %s '{"Version":1,"SecretAccessKey":"HIDDEN"}')",
        R"(printf %s '{"Version":1,"AccessKeyId":"AK","SecretAccessKey":"HIDDEN","Expiration":"soon"}')", "true"}) {
    const auto credentials = FetchFrom(command);
    ASSERT_FALSE(credentials) << command;
    EXPECT_EQ(credentials.error().code, ErrorCode::kUnauthenticated);
    EXPECT_THAT(credentials.error().ToString(), Not(HasSubstr("HIDDEN")));
  }
}

TEST(ProcessProvider, SaysHowTheProgramFailed) {
  EXPECT_THAT(FetchFrom("sh -c 'exit 7'").error().message, HasSubstr("status 7"));
  EXPECT_THAT(FetchFrom("sh -c 'kill -9 $$'").error().message, HasSubstr("signal 9"));
  EXPECT_THAT(FetchFrom("head -c 70000 /dev/zero").error().message, HasSubstr("64 KiB"));
}

TEST(ProcessProvider, SaysThatThereIsNoSuchProgram) {
  EXPECT_THAT(FetchFrom("/nowhere/at-all").error().message, HasSubstr("cannot run '/nowhere/at-all'"));
}

TEST(ProcessProvider, EndsTheProgramWhenStoppedBefore) {
  std::stop_source stop;
  stop.request_stop();
  const auto credentials = ProcessProvider("sleep 50", "dev").Fetch({.stop = stop.get_token()});
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, ErrorCode::kCancelled);
}

/// A program that tells its process id through a pipe and then waits for a line that nobody sends.
class StuckProgram : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const std::string name = folder_.path().string();
    for (const std::string pipe : {"id", "line"}) ASSERT_EQ(::mkfifo((folder_ / pipe).c_str(), 0600), 0);
    folder_.Write("program", GetParam() + "\necho $$ > '" + name + "/id'\nread x < '" + name + "/line'\n");
  }

  signpost::testing::TemporaryFolder folder_;
};

TEST_P(StuckProgram, IsEndedWhenStopped) {
  std::stop_source stop;
  pid_t id = 0;
  const std::jthread stopper([&] {
    std::ifstream(folder_ / "id") >> id;
    stop.request_stop();
  });
  const auto credentials =
      ProcessProvider("sh '" + (folder_ / "program").string() + "'", "dev").Fetch({.stop = stop.get_token()});
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, ErrorCode::kCancelled) << credentials.error().ToString();
  ASSERT_GT(id, 0);
  EXPECT_EQ(::kill(id, 0), -1) << "the program still runs";
}

INSTANTIATE_TEST_SUITE_P(WithItsOutput, StuckProgram, ::testing::Values("true", "exec >&-"),
                         [](const auto& each) { return each.param == "true" ? "Open" : "Closed"; });

}  // namespace
}  // namespace signpost::aws
