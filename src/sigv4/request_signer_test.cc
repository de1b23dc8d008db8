#include "signpost/request_signer.h"

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/time_format.h"
#include "sigv4/sha256.h"

namespace signpost {
namespace {

// What botocore 1.43.106 signs for SignAt()'s request, by:
//   cd tests/conformance && python -c '
//   from botocore_oracle import sign_request
//   case = dict(access_key="AKIDEXAMPLE", secret_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token="",
//               region="eu-central-1", service="s3")
//   for time in ("20260101T235959Z", "20260102T000000Z"):
//       print(sign_request(case, dict(method="GET", path="/a", query=[], body="", time=time,
//             headers=[["host", "data.s3.eu-central-1.amazonaws.com"]]))[2]["Authorization"])'
const std::map<std::string, std::string>& Authorizations() {
  static const std::map<std::string, std::string> by_time = {
      {"20260101T235959Z",
       "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/s3/aws4_request, "
       "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
       "Signature=c77dc9fc800090c690257f8c6f6e901018f457d62793a5c1b0810c90c8a506cb"},
      {"20260102T000000Z",
       "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-central-1/s3/aws4_request, "
       "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
       "Signature=df57142913246085e598374c0bf8e847522212722b9cee60a618594feee7a2b2"},
  };
  return by_time;
}
constexpr char kLastSecond[] = "20260101T235959Z";
constexpr char kMidnight[] = "20260102T000000Z";

RequestSigner MakeSigner() {
  Credentials credentials;
  credentials.access_key_id = "AKIDEXAMPLE";
  credentials.secret_access_key = SecretString("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
  return {std::move(credentials), Region{"eu-central-1"}, "s3"};
}

std::string SignAt(const RequestSigner& signer, const std::string& time) {
  const std::string hash_of_nothing = HexEncode(sigv4::Sha256Of(""));
  const SignableRequest request{.method = "GET",
                                .encoded_path = "/a",
                                .query = {},
                                .headers = {{"host", "data.s3.eu-central-1.amazonaws.com"}},
                                .payload_hash = hash_of_nothing};
  for (const auto& [name, value] : signer.Sign(request, ParseBasic(time).value())) {
    if (name == "Authorization") return value;
  }
  return "(no Authorization)";
}

TEST(RequestSigner, TakesANewKeyAtMidnightUtc) {
  const RequestSigner signer = MakeSigner();
  EXPECT_EQ(SignAt(signer, kLastSecond), Authorizations().at(kLastSecond));
  EXPECT_EQ(SignAt(signer, kMidnight), Authorizations().at(kMidnight));
  // And back: a retry of a request that was made before midnight, or a clock that is set right.
  EXPECT_EQ(SignAt(signer, kLastSecond), Authorizations().at(kLastSecond));
}

TEST(RequestSigner, ThreadsOnBothSidesOfMidnightGetTheirOwnDaysKey) {
  const RequestSigner signer = MakeSigner();
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, time = std::string(t % 2 == 0 ? kLastSecond : kMidnight)] {
        for (int i = 0; i < 200; ++i) wrong += SignAt(signer, time) != Authorizations().at(time);
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST(RequestSigner, CopiesAndMovedFromOnesSignLikeTheFirst) {
  RequestSigner first = MakeSigner();
  const RequestSigner copy = first;
  const RequestSigner moved = std::move(first);  // NOLINT(performance-move-const-arg): what is tested.
  for (const auto& [time, authorization] : Authorizations()) {
    EXPECT_EQ(SignAt(first, time), authorization);  // NOLINT(bugprone-use-after-move): what is tested.
    EXPECT_EQ(SignAt(copy, time), authorization);
    EXPECT_EQ(SignAt(moved, time), authorization);
  }
}

}  // namespace
}  // namespace signpost
