#include "contract_world.h"

#include <cstdio>
#include <map>
#include <ostream>

#include <fmt/format.h>
#include <unistd.h>

#include "signpost/request_signer.h"

#include "aws/static_provider.h"
#include "base/bytes.h"
#include "idempotency/dynamodb_store.h"
#include "idempotency/s3_store.h"
#include "sigv4/sha256.h"
#include "testing/memory_store.h"

namespace signpost::idempotency {
namespace {

constexpr StoreKind kKinds[] = {
    {.server = "", .store = "memory"},           {.server = "ministack", .store = "dynamodb"},
    {.server = "ministack", .store = "s3"},      {.server = "ceph", .store = "s3", .obeys_if_match = false},
    {.server = "dynamodb", .store = "dynamodb"},
};

ContractServer server;

const http::CurlGlobal& Global() {
  static const http::CurlGlobal global;
  return global;
}

/// The table or bucket of this run.
std::string PlaceName() { return fmt::format("contract-{}", getpid()); }

Credentials TheKey() { return {server.access_key, SecretString(server.secret_key), SecretString(), std::nullopt}; }

/// The store itself never makes a table.
Status CreateTable(http::Transport& transport, std::chrono::sys_seconds now) {
  const std::string body = fmt::format(
      R"({{"TableName":"{}","KeySchema":[{{"AttributeName":"id","KeyType":"HASH"}}],)"
      R"("AttributeDefinitions":[{{"AttributeName":"id","AttributeType":"S"}}],"BillingMode":"PAY_PER_REQUEST"}})",
      PlaceName());
  const std::string hash = HexEncode(sigv4::Sha256Of(body));
  http::Request request{.method = "POST", .url = server.endpoint + "/", .body = body};
  SignableRequest signable{.method = "POST", .encoded_path = "/", .payload_hash = hash};
  signable.headers = {{"content-type", "application/x-amz-json-1.0"},
                      {"x-amz-target", "DynamoDB_20120810.CreateTable"}};
  request.headers = http::Headers(signable.headers);
  signable.headers.emplace_back("host", server.endpoint.substr(server.endpoint.find("://") + 3));
  const RequestSigner signer(TheKey(), {"us-east-1"}, "dynamodb");
  for (auto& [name, value] : signer.Sign(signable, now)) request.headers.Add(std::move(name), std::move(value));
  http::Response response;
  Status sent = transport.Send({}, request, &response);
  if (sent && response.status != 200) return Fail(ErrorCode::kInternal, response.body);
  return sent;
}

}  // namespace

std::vector<StoreKind> KindsOfTheServer() {
  std::vector<StoreKind> kinds;
  for (const StoreKind& kind : kKinds) {
    if (kind.server == server.name) kinds.push_back(kind);
  }
  return kinds;
}

std::vector<StoreKind> ReplacingKinds() {
  std::vector<StoreKind> kinds = KindsOfTheServer();
  std::erase_if(kinds, [](const StoreKind& kind) { return !kind.obeys_if_match; });
  return kinds;
}

std::vector<StoreKind> KindsWithoutReplacing() {
  std::vector<StoreKind> kinds = KindsOfTheServer();
  std::erase_if(kinds, [](const StoreKind& kind) { return kind.obeys_if_match; });
  return kinds;
}

void PrintTo(const StoreKind& kind, std::ostream* out) { *out << kind.store << " on " << kind.server; }

StoreContract::StoreContract()
    : retrier_({.max_attempts = 3}, &budget_, &clock_, &sleeper_, &random_),
      credentials_(std::make_unique<aws::StaticProvider>(TheKey(), "the command line"), &clock_),
      transport_((Global(), http::CurlTransport::Options{}), &clock_),
      client_({.region = {"us-east-1"}, .endpoint = {.endpoint_url = server.endpoint}}, &transport_, &credentials_,
              &retrier_, &skewed_) {}

void StoreContract::SetUp() {
  static std::map<std::string_view, bool> made;
  if (GetParam().store == "dynamodb" && !std::exchange(made["dynamodb"], true)) {
    ExpectOk(CreateTable(transport_, std::chrono::floor<std::chrono::seconds>(clock_.Now())));
  }
  if (GetParam().store == "s3" && !std::exchange(made["s3"], true)) {
    http::Response response;
    ExpectOk(client_.Send({}, {.what = "making the bucket", .method = "PUT", .bucket = *Bucket::Parse(PlaceName())},
                          &response));
  }
  store_ = Open(PlaceName());
}

std::unique_ptr<Store> StoreContract::Open(std::string_view place) {
  if (GetParam().store == "memory") return std::make_unique<testing::MemoryStore>();
  if (GetParam().store == "s3") {
    return std::make_unique<S3Store>(S3Address{*Bucket::Parse(place), "jobs/"}, &client_);
  }
  return std::make_unique<DynamoDbStore>(
      DynamoDbOptions{.table = std::string(place), .region = {"us-east-1"}, .endpoint_url = server.endpoint},
      &transport_, &credentials_, &clock_, &skewed_, &sleeper_, &random_);
}

std::unique_ptr<Store> StoreContract::Elsewhere() {
  return GetParam().store == "memory" ? nullptr : Open("no-such-place-here");
}

std::string StoreContract::Id(std::string_view name) const {
  std::string id = fmt::format("{}.{}", ::testing::UnitTest::GetInstance()->current_test_info()->name(), name);
  for (char& c : id) c = c == '/' ? '.' : c;
  return id;
}

Record StoreContract::NewRecord(std::string id, std::string owner, std::uint64_t revision) {
  return {.id = std::move(id),
          .status = RecordStatus::kInProgress,
          .owner = std::move(owner),
          .revision = revision,
          .in_progress_expiration = TimePoint(std::chrono::milliseconds(4'102'444'800'123)),  // 2100: no TTL takes it.
          .expiration = std::chrono::sys_seconds(std::chrono::seconds(4'102'444'801)),
          .validation = "v",
          .data = "{\"key\":\"a b\"}"};
}

}  // namespace signpost::idempotency

int main(int argc, char** argv) {
  using signpost::idempotency::server;
  const std::map<std::string_view, std::string*> flags = {{"--endpoint", &server.endpoint},
                                                          {"--access-key", &server.access_key},
                                                          {"--secret-key", &server.secret_key},
                                                          {"--server", &server.name}};
  // Before GoogleTest: the server decides which tests there are.
  for (int i = 1; i + 1 < argc; ++i) {
    if (const auto flag = flags.find(argv[i]); flag != flags.end()) *flag->second = argv[i + 1];
  }
  ::testing::InitGoogleTest(&argc, argv);
  if (::testing::UnitTest::GetInstance()->total_test_count() == 0) {
    fmt::print(stderr, "unknown server '{}'\n", server.name);
    return 2;
  }
  return RUN_ALL_TESTS();
}
