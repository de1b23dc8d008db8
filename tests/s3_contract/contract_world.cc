#include "contract_world.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include "aws/static_provider.h"
#include "s3/list_objects_v2.h"
#include "s3/put_object.h"

namespace signpost::s3 {
namespace {

constexpr KnownDifferences kKnown[] = {
    {.server = "ministack"},
    {.server = "ceph", .verifies_crc64nvme = false, .knows_conditional_complete = false},
};

ContractServer server;

const http::CurlGlobal& Global() {
  static const http::CurlGlobal global;
  return global;
}

/// One bucket for each run of the program.
std::string BucketName() { return fmt::format("contract-{}", getpid()); }

}  // namespace

const ContractServer& TheServer() { return server; }

const KnownDifferences& Differences() {
  for (const KnownDifferences& known : kKnown) {
    if (known.server == server.name) return known;
  }
  static constexpr KnownDifferences kNone{.server = "any"};
  return kNone;
}

S3Contract::S3Contract()
    : bucket_(*Bucket::Parse(BucketName())),
      prefix_(fmt::format("{}/", ::testing::UnitTest::GetInstance()->current_test_info()->name())),
      retrier_({.max_attempts = 3}, &budget_, &clock_, &sleeper_, &random_),
      credentials_(std::make_unique<aws::StaticProvider>(credentials(), "the command line"), &clock_),
      transport_((Global(), http::CurlTransport::Options{}), &clock_),
      client_({.region = {"us-east-1"}, .endpoint = {.endpoint_url = server.endpoint}}, &transport_, &credentials_,
              &retrier_, &skewed_) {}

void S3Contract::SetUp() {
  http::Response response;
  const Status made = client_.Send({}, {.what = "making the bucket", .method = "PUT", .bucket = bucket_}, &response);
  // Made by the test before this one: S3 in us-east-1 says yes, elsewhere and on other servers it says so.
  if (!made && made.error().service_code != "BucketAlreadyOwnedByYou") ExpectOk(made);
}

Credentials S3Contract::credentials() const {
  return {server.access_key, SecretString(server.secret_key), SecretString(), std::nullopt};
}

void S3Contract::Put(const std::string& key, std::string_view body) {
  ExpectOk(PutObject(client_, {}, bucket_, key, body, {}));
}

std::vector<std::string> S3Contract::Listed(const std::string& prefix, int max_keys, const std::string& start_after) {
  std::vector<std::string> keys;
  ListPage page;
  ListObjectsV2Request request{.bucket = bucket_, .prefix = prefix, .start_after = start_after, .max_keys = max_keys};
  for (int pages = 0; pages < 1000; ++pages) {
    const Status listed = ListObjectsV2(client_, {}, request, &page);
    ExpectOk(listed);
    if (!listed) return keys;
    EXPECT_LE(page.objects.size(), static_cast<std::size_t>(max_keys));
    for (const ListedObject& object : page.objects) keys.emplace_back(object.key);
    if (!page.is_truncated) return keys;
    request.continuation_token = page.next_continuation_token;
  }
  ADD_FAILURE() << "the listing does not end";
  return keys;
}

std::vector<std::string> HostileKeys() {
  return {" ",
          "a b",
          "a+b",
          "a%20b",
          "%41",
          "100%",
          "&<>\"'",
          "q?x=1#f",
          "semi;colon,comma=equals",
          "back\\slash",
          "new\nline\r\ttab",
          std::string("\x01\x1f\x7f", 3),
          "caf\xc3\xa9",
          "cafe\xcc\x81",
          "\xf0\x9f\x98\x80",
          "a//b",
          "a/./b",
          "a/../b",
          "trailing/",
          "tilde~star*paren()!",
          std::string(900, 'k')};
}

}  // namespace signpost::s3

int main(int argc, char** argv) {
  using signpost::s3::server;
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    std::string* value = flag == "--endpoint"     ? &server.endpoint
                         : flag == "--access-key" ? &server.access_key
                         : flag == "--secret-key" ? &server.secret_key
                         : flag == "--server"     ? &server.name
                                                  : nullptr;
    if (value == nullptr) {
      fmt::print(stderr, "unknown flag {}\n", flag);
      return 2;
    }
    *value = argv[i + 1];
  }
  if (server.endpoint.empty() || server.access_key.empty() || server.secret_key.empty() || server.name.empty()) {
    fmt::print(stderr, "usage: s3_contract --endpoint URL --access-key KEY --secret-key SECRET --server NAME\n");
    return 2;
  }
  return RUN_ALL_TESTS();
}
