#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "aws/skewed_clock.h"
#include "http/curl_transport.h"
#include "idempotency/store.h"
#include "s3/client.h"
#include "testing/fake_time.h"

namespace signpost::idempotency {

/// Where the suite runs: `idempotency_contract --endpoint URL --access-key KEY --secret-key SECRET --server NAME`, with
/// GoogleTest's own flags beside them; without a server, in memory. NAME says which stores a server can keep.
struct ContractServer {
  std::string endpoint;
  std::string access_key;
  std::string secret_key;
  std::string name;  ///< Empty: in memory.
};

/// A kind of store on the server, and what it is known not to do.
struct StoreKind {
  std::string_view server;     ///< Empty: none.
  std::string_view store;      ///< "memory", "dynamodb", "s3".
  bool obeys_if_match = true;  ///< Ceph RGW 16 refuses every If-Match: it can keep a record, but not replace it.
};

/// The kinds that the server of this run can keep; those that obey If-Match, and those that do not.
std::vector<StoreKind> KindsOfTheServer();
std::vector<StoreKind> ReplacingKinds();
std::vector<StoreKind> KindsWithoutReplacing();
inline std::string NameOf(const ::testing::TestParamInfo<StoreKind>& info) { return std::string(info.param.store); }

void PrintTo(const StoreKind& kind, std::ostream* out);

/// One store of the kind that the test's parameter names, in a table or bucket made for this run of the program.
class StoreContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  StoreContract();
  void SetUp() override;

  Store& store() { return *store_; }
  /// The same kind of store in a table or bucket that does not exist; null in memory.
  std::unique_ptr<Store> Elsewhere();
  /// An id of this test's own.
  std::string Id(std::string_view name) const;
  static Record NewRecord(std::string id, std::string owner, std::uint64_t revision = 0);

 private:
  std::unique_ptr<Store> Open(std::string_view place);

  SystemClock clock_;
  SystemSleeper sleeper_;
  testing::SeededRandom random_{1};
  http::RetryBudget budget_;
  http::Retrier retrier_;
  aws::SkewedClock skewed_{&clock_};
  aws::CredentialsCache credentials_;
  http::CurlTransport transport_;
  s3::Client client_;
  std::unique_ptr<Store> store_;
};

/// The same where a record can be replaced.
class ReplacingStoreContract : public StoreContract {};
/// And where it cannot.
class StoreContractWithoutReplacing : public StoreContract {};

/// `outcome` succeeded.
template <typename T>
void ExpectOk(const Result<T>& outcome) {
  EXPECT_TRUE(outcome) << outcome.error().ToString();
}

}  // namespace signpost::idempotency
