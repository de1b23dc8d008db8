#include "signpost/error.h"

#include <gtest/gtest.h>

#include "signpost/secret.h"

namespace signpost {
namespace {

TEST(Error, IsOneLineWithWhatTheServiceSaid) {
  Error error{.code = ErrorCode::kDenied, .message = "no"};
  EXPECT_EQ(error.ToString(), "no");
  error.service_code = "AccessDenied";
  error.http_status = 403;
  error.request_id = "R1";
  EXPECT_EQ(std::move(error).Within("listing s3://b").ToString(),
            "listing s3://b: no (AccessDenied, HTTP 403, request id R1)");
}

TEST(Error, HasANameForEachCode) {
  EXPECT_EQ(Name(ErrorCode::kInvalidArgument), "invalid_argument");
  EXPECT_EQ(Name(ErrorCode::kDataLoss), "data_loss");
}

TEST(SecretString, MovesWithoutLeavingTheValueBehind) {
  for (const std::string& value : {std::string("short"), std::string(100, 'x')}) {
    SecretString from(value);
    const SecretString to(std::move(from));
    EXPECT_EQ(to.Reveal(), value);
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): this is what the test is about
  }
  SecretString a("one");
  SecretString b("two");
  a = b;
  EXPECT_EQ(a.Reveal(), "two");
  b = SecretString("three");
  EXPECT_EQ(b.Reveal(), "three");
}

}  // namespace
}  // namespace signpost
