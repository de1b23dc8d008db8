#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "http/curl_transport.h"
#include "s3/client.h"
#include "testing/fake_time.h"

namespace signpost::s3 {

/// Where the suite runs: `s3_contract --endpoint URL --access-key KEY --secret-key SECRET --server NAME`, with
/// GoogleTest's own flags beside them. NAME picks what the server is known to do differently.
struct ContractServer {
  std::string endpoint;
  std::string access_key;
  std::string secret_key;
  std::string name;
};

const ContractServer& TheServer();

/// What servers are known not to do as S3 does.
struct KnownDifferences {
  std::string_view server;
  bool verifies_crc64nvme = true;          ///< Refuses a body that does not have the checksum sent with it.
  bool knows_conditional_complete = true;  ///< Obeys If-None-Match of CompleteMultipartUpload.
};

const KnownDifferences& Differences();

/// A client of the server, and a bucket that all tests share: each writes below a prefix of its own.
class S3Contract : public ::testing::Test {
 protected:
  S3Contract();
  void SetUp() override;

  Client& client() { return client_; }
  http::Transport& transport() { return transport_; }
  const Bucket& bucket() const { return bucket_; }
  Credentials credentials() const;

  /// `name` below this test's prefix.
  std::string Key(std::string_view name) const { return prefix_ + std::string(name); }

  void Put(const std::string& key, std::string_view body);

  /// All keys below `prefix`, asked for `max_keys` at a time.
  std::vector<std::string> Listed(const std::string& prefix, int max_keys, const std::string& start_after = "");

 private:
  const Bucket bucket_;
  const std::string prefix_;
  SystemClock clock_;
  SystemSleeper sleeper_;
  testing::SeededRandom random_{1};
  http::RetryBudget budget_;
  http::Retrier retrier_;
  aws::SkewedClock skewed_{&clock_};
  aws::CredentialsCache credentials_;
  http::CurlTransport transport_;
  Client client_;
};

/// Keys that clients like to spoil: each must come back byte for byte.
std::vector<std::string> HostileKeys();

/// `outcome` succeeded.
template <typename T>
void ExpectOk(const Result<T>& outcome) {
  EXPECT_TRUE(outcome) << outcome.error().ToString();
}

}  // namespace signpost::s3
