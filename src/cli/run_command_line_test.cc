#include "cli/run_command_line.h"

#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "testing/fake_time.h"
#include "testing/scripted_transport.h"

namespace signpost::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kEmptyListing[] =
    "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated></ListBucketResult>";
constexpr char kArchivedListing[] =
    "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"
    "<Contents><Key>cold+file</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>"
    "<Size>3</Size><StorageClass>GLACIER</StorageClass></Contents></ListBucketResult>";

/// Passes calls on to a transport that the test keeps.
class SharedTransport final : public http::Transport {
 public:
  explicit SharedTransport(http::Transport* inner) : inner_(inner) {}
  Status Send(const CallContext& context, const http::Request& request, http::Response* response) override {
    return inner_->Send(context, request, response);
  }

 private:
  http::Transport* const inner_;
};

class CommandLine : public ::testing::Test {
 protected:
  int Run(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    World world{.environment = {{{"AWS_ACCESS_KEY_ID", "AKIA"}, {"AWS_SECRET_ACCESS_KEY", "canary-secret"}}},
                .in = &in_,
                .out = &out_,
                .err = &err_,
                .clock = &clock_,
                .sleeper = &sleeper_,
                .random = &random_,
                .stop = stop_.get_token()};
    world.make_transport = [this](const TransportOptions&) -> Result<std::unique_ptr<http::Transport>> {
      return std::make_unique<SharedTransport>(&transport_);
    };
    return RunCommandLine(arguments, world);
  }

  int Lines() const {
    const std::string text = err_.str();
    return static_cast<int>(std::ranges::count(text, '\n'));
  }

  std::string listing_ = kEmptyListing;
  std::stringstream in_;
  std::stringstream out_;
  std::stringstream err_;
  std::stop_source stop_;
  testing::FakeClock clock_;
  testing::FakeSleeper sleeper_{&clock_};
  testing::SeededRandom random_{1};
  testing::ScriptedTransport transport_{[this](const http::Request& request, int) -> Result<http::Response> {
    http::Response response{.status = 200};
    if (request.method == "GET") response.body = listing_;
    response.headers.Add("ETag", "\"etag\"");
    return response;
  }};
};

struct BadArgument {
  const char* name;
  std::vector<std::string> arguments;
  const char* option;
  const char* range;
};

class RefusedArgument : public CommandLine, public ::testing::WithParamInterface<BadArgument> {};

TEST_P(RefusedArgument, ExitsWith2AndOneLineBeforeAnyRequest) {
  EXPECT_EQ(Run(GetParam().arguments), kBadUsage);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(Lines(), 1) << err_.str();
  EXPECT_THAT(err_.str(), AllOf(StartsWith("signpost: "), HasSubstr(GetParam().option), HasSubstr(GetParam().range)));
  EXPECT_TRUE(transport_.sent().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Options, RefusedArgument,
    ::testing::Values(
        BadArgument{"I1_Bucket", {"create", "s3://Bad_Bucket/x"}, "SOURCE", "a-z"},
        BadArgument{"I1_DirectoryBucket", {"create", "s3://b--use1-az1--x-s3/"}, "SOURCE", "directory buckets"},
        BadArgument{
            "I1_MultiRegion", {"create", "s3://arn:aws:s3::123456789012:accesspoint/x.mrap"}, "SOURCE", "SigV4A"},
        BadArgument{"I3_LongPrefix", {"create", "s3://bkt/" + std::string(1025, 'k')}, "SOURCE", "at most 1024"},
        BadArgument{"I4_Expiry", {"create", "s3://bkt", "--expires-in", "8d"}, "--expires-in: '8d'", "604800"},
        BadArgument{
            "I4_ExpiryOfPresign", {"presign", "s3://bkt/k", "--expires-in", "0"}, "--expires-in: '0'", "604800"},
        BadArgument{"I4_EmptyExpiry", {"create", "s3://bkt", "--expires-in="}, "--expires-in: ''", "604800"},
        BadArgument{"I4_EmptyExpiryBeforeAnOption",
                    {"create", "--expires-in=", "--json", "s3://bkt"},
                    "--expires-in: ''",
                    "604800"},
        BadArgument{"EmptyEndpoint", {"create", "--endpoint-url=", "s3://bkt"}, "--endpoint-url: ''", "http"},
        BadArgument{"I5_Concurrency", {"create", "s3://bkt", "--concurrency", "0"}, "--concurrency: '0'", "1 to 1024"},
        BadArgument{"Lookahead", {"create", "s3://bkt", "--lookahead", "1"}, "--lookahead: '1'", "1MiB to 64GiB"},
        BadArgument{"Format", {"create", "s3://bkt", "--format", "xml"}, "--format: 'xml'", "ndjson, csv, urls"},
        BadArgument{"Compress", {"create", "s3://bkt", "--compress", "zip"}, "--compress: 'zip'", "gzip"},
        BadArgument{"Listing", {"create", "s3://bkt", "--listing", "fast"}, "--listing: 'fast'", "serial"},
        BadArgument{"Output", {"create", "s3://bkt", "--output", "folder/"}, "--output: 'folder/'", "s3://BUCKET"},
        BadArgument{"I7_Output", {"create", "s3://bkt/manifests/"}, "--output", "would list manifests"},
        BadArgument{"Region", {"create", "s3://bkt", "--region", "evil.com/#"}, "--region: 'evil.com/#'", "a-z"},
        BadArgument{
            "Endpoint", {"create", "s3://bkt", "--endpoint-url", "ftp://h"}, "--endpoint-url: 'ftp://h'", "http"},
        BadArgument{"Owner", {"create", "s3://bkt", "--expected-bucket-owner", "me"}, "--expected-bucket-owner", "12"},
        BadArgument{"SigningTime", {"create", "s3://bkt", "--signing-time", "now"}, "--signing-time: 'now'", "2026"},
        BadArgument{"KeyMissing", {"presign", "s3://bkt"}, "OBJECT", "s3://BUCKET/KEY"},
        BadArgument{"Shell", {"completion", "csh"}, "SHELL: 'csh'", "bash, zsh, fish"}),
    [](const auto& each) { return each.param.name; });

TEST_F(CommandLine, NamesAllProblemsInOneLine) {
  EXPECT_EQ(Run({"create", "s3://bkt", "--expires-in", "0", "--concurrency", "x", "--format", "y"}), kBadUsage);
  EXPECT_EQ(Lines(), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("--expires-in"), HasSubstr("--concurrency"), HasSubstr("--format")));
}

TEST_F(CommandLine, RefusesUnknownOptionsAndCommands) {
  EXPECT_EQ(Run({"create", "s3://bkt", "--no-such"}), kBadUsage);
  EXPECT_EQ(Run({"destroy"}), kBadUsage);
  EXPECT_TRUE(transport_.sent().empty());
}

TEST_F(CommandLine, PrintsOnlyTheUrlOnStandardOutput) {
  EXPECT_EQ(Run({"create", "s3://bkt/data/"}), kSuccess) << err_.str();
  EXPECT_THAT(out_.str(), StartsWith("https://bkt.s3.us-east-1.amazonaws.com/manifests/"));
  EXPECT_THAT(out_.str(), HasSubstr(".ndjson.gz?X-Amz-Algorithm="));
  const std::string text = out_.str();
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(CommandLine, PrintsTheResultObjectWhenAsked) {
  EXPECT_EQ(Run({"create", "s3://bkt", "--json"}), kSuccess) << err_.str();
  const auto json = nlohmann::json::parse(out_.str());
  EXPECT_EQ(json.at("count"), 0);
  EXPECT_EQ(json.at("expires_at"), "2026-01-01T00:15:00Z");
}

TEST_F(CommandLine, ExitsWith3WhenAnObjectCannotBeServed) {
  listing_ = kArchivedListing;
  EXPECT_EQ(Run({"create", "s3://bkt", "--json"}), kPublishedWithErrors) << err_.str();
  EXPECT_EQ(nlohmann::json::parse(out_.str()).at("errors").at(0).at("key"), "cold file");
  EXPECT_THAT(err_.str(), HasSubstr("InvalidObjectState"));
}

TEST_F(CommandLine, ExitsWith1AndTheServicesOwnCodeWhenRefused) {
  transport_.~ScriptedTransport();
  new (&transport_) testing::ScriptedTransport([](const http::Request&, int) -> Result<http::Response> {
    http::Response response{.status = 403};
    response.headers.Add("x-amz-request-id", "REQ1");
    response.body = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
    return response;
  });
  EXPECT_EQ(Run({"create", "s3://bkt"}), kFailed);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(Lines(), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("AccessDenied"), HasSubstr("REQ1"), HasSubstr("s3://bkt")));
}

TEST_F(CommandLine, ExitsWith130WhenInterrupted) {
  stop_.request_stop();
  EXPECT_EQ(Run({"create", "s3://bkt"}), kInterrupted);
}

TEST_F(CommandLine, I9_TakesThePrefixLiterallyAndSaysSo) {
  EXPECT_EQ(Run({"create", "s3://bkt//a%20b"}), kSuccess) << err_.str();
  EXPECT_THAT(err_.str(), HasSubstr("taken literally: '/a%20b'"));
  EXPECT_THAT(transport_.sent().front().request.url, HasSubstr("prefix=%2Fa%2520b"));
}

TEST_F(CommandLine, PresignsKeysInTheOrderGivenAndSendsNothingWithARegion) {
  in_.str(std::string("b\nline\0a\0", 9));
  EXPECT_EQ(Run({"presign", "s3://bkt/p/", "--keys-from", "-", "-0", "--region", "eu-west-1"}), kSuccess) << err_.str();
  std::string first;
  std::string second;
  std::getline(out_, first);
  std::getline(out_, second);
  EXPECT_THAT(first, StartsWith("https://bkt.s3.eu-west-1.amazonaws.com/p/b%0Aline?"));
  EXPECT_THAT(second, StartsWith("https://bkt.s3.eu-west-1.amazonaws.com/p/a?"));
  EXPECT_TRUE(transport_.sent().empty());
}

TEST_F(CommandLine, HelpOfEachCommandHasExamples) {
  for (const char* command : {"create", "presign", "verify", "completion"}) {
    EXPECT_EQ(Run({"help", command}), kSuccess);
    EXPECT_THAT(out_.str(), AllOf(HasSubstr("Examples:"), HasSubstr(std::string("signpost ") + command)));
  }
}

TEST_F(CommandLine, CompletionAndManualKnowEveryOptionOfCreate) {
  Run({"create", "--help"});
  std::vector<std::string> options;
  std::istringstream help(out_.str());
  for (std::string word; help >> word;) {
    if (word.starts_with("--")) options.push_back(word.substr(0, word.find_first_of(",=")));
  }
  ASSERT_GT(options.size(), 15U);
  for (const char* shell : {"bash", "zsh"}) {
    EXPECT_EQ(Run({"completion", shell}), kSuccess);
    for (const std::string& option : options) EXPECT_THAT(out_.str(), HasSubstr(option)) << shell;
  }
  EXPECT_EQ(Run({"man"}), kSuccess);
  std::string man = out_.str();
  std::erase(man, '\\');
  for (const std::string& option : options) EXPECT_THAT(man, HasSubstr(option));
}

TEST_F(CommandLine, NeverShowsTheSecretKey) {
  Run({"create", "s3://bkt", "-v"});
  EXPECT_EQ((out_.str() + err_.str()).find("canary-secret"), std::string::npos);
}

}  // namespace
}  // namespace signpost::cli
