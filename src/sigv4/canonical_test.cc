#include "sigv4/canonical.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/time_format.h"

namespace signpost::sigv4 {
namespace {

// The expectations of Canonicalize() are canonical_headers() and signed_headers() of botocore's SigV4Auth for the same
// headers.
TEST(Canonicalize, RepeatedNameIsOneLineWithItsValuesInTheOrderGiven) {
  const auto headers = Canonicalize({{"My-Header2", "  \"a   b   c\"  "},
                                     {"My-Header1", "  z   c  "},
                                     {"Host", "h.example.com"},
                                     {"my-header1", "a"},
                                     {"MY-HEADER1", " b\t \td "}});
  EXPECT_EQ(headers.block, "host:h.example.com\nmy-header1:z c,a,b d\nmy-header2:\"a b c\"\n");
  EXPECT_EQ(headers.signed_names, "host;my-header1;my-header2");
}

TEST(Canonicalize, EmptyValueKeepsItsLine) {
  const auto headers = Canonicalize({{"b", ""}, {"a", " \t "}});
  EXPECT_EQ(headers.block, "a:\nb:\n");
  EXPECT_EQ(headers.signed_names, "a;b");
}

TEST(CanonicalQuery, SortsByEncodedNameThenValue) {
  EXPECT_EQ(CanonicalQuery({{"b", "2"}, {"b", "1"}, {"a b", "&="}, {"é", ""}, {"A", "x"}}),
            "%C3%A9=&A=x&a%20b=%26%3D&b=1&b=2");
}

// The expectation is Python's: hmac.new(key, text, "sha256").digest() in turn over date, region, service and
// "aws4_request", beginning with the key "AWS4" + secret, and at last over "message".
TEST(SigningKey, IsTheChainOfHmacs) {
  const auto time = ParseBasic("20120215T000000Z").value();
  const HmacKey key = SigningKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", time, {"us-east-1"}, "iam");
  std::string hex(kHexDigits, ' ');
  WriteHex(key.Sign("message"), hex.data());
  EXPECT_EQ(hex, "31ab895f05452a899b8dcce4cdbfe6bb9325ff4aeff4f6655bc7457573f74e05");
}

}  // namespace
}  // namespace signpost::sigv4
