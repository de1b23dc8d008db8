// Canonical request, string to sign and signature against vectors that botocore made (make_vectors.py), and against
// the example of AWS's documentation.

#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "signpost/presigner.h"
#include "signpost/request_signer.h"

#include "base/bytes.h"
#include "base/time_format.h"
#include "conformance/plain_sigv4.h"
#include "sigv4/canonical.h"
#include "sigv4/presign_plan.h"

namespace signpost {
namespace {

using nlohmann::json;
using Pairs = std::vector<std::pair<std::string, std::string>>;

const json& Vectors() {
  static const json vectors = json::parse(std::ifstream(SIGV4_VECTORS));
  return vectors;
}

std::string KeyOf(const json& vector) {
  const auto hex = vector.at("key_hex").get<std::string>();
  std::string key;
  for (std::size_t i = 0; i < hex.size(); i += 2) key += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return key;
}

Credentials CredentialsOf(const json& vector) {
  Credentials credentials;
  credentials.access_key_id = vector.at("access_key");
  credentials.secret_access_key = SecretString(vector.at("secret_key").get<std::string>());
  credentials.session_token = SecretString(vector.at("token").get<std::string>());
  return credentials;
}

ObjectEndpoint EndpointOf(const json& vector) {
  return {.scheme = "https", .host = vector.at("host"), .base_path = vector.at("base_path")};
}

SigningScope ScopeOf(const json& vector) {
  return {.region = {vector.at("region")},
          .time = ParseBasic(vector.at("time").get<std::string>()).value(),
          .expires_in = std::chrono::seconds(vector.at("expires_in").get<int>())};
}

TEST(PresignVectors, CanonicalRequestAndStringToSignAreBotocores) {
  ASSERT_GE(Vectors().at("presigned").size(), 60U);
  for (const json& vector : Vectors().at("presigned")) {
    SCOPED_TRACE(vector.at("name").get<std::string>() + " " + vector.at("key_hex").get<std::string>());
    const auto plan = sigv4::PlanPresign(CredentialsOf(vector), EndpointOf(vector), ScopeOf(vector),
                                         vector.at("query").get<SignedQuery>());
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->CanonicalRequest(KeyOf(vector)), vector.at("canonical_request").get<std::string>());
    EXPECT_EQ(plan->StringToSign(KeyOf(vector)), vector.at("string_to_sign").get<std::string>());
  }
}

TEST(PresignVectors, SignatureIsBotocores) {
  for (const json& vector : Vectors().at("presigned")) {
    SCOPED_TRACE(vector.at("name").get<std::string>() + " " + vector.at("key_hex").get<std::string>());
    const auto presigner = Presigner::Create(CredentialsOf(vector), EndpointOf(vector), ScopeOf(vector),
                                             vector.at("query").get<SignedQuery>());
    ASSERT_TRUE(presigner);
    const std::string url = presigner->GetUrl(KeyOf(vector));
    EXPECT_EQ(url.substr(url.size() - 64), vector.at("signature").get<std::string>());
  }
}

TEST(PresignVectors, PlainSignerAgreesWithBotocore) {
  for (const json& vector : Vectors().at("presigned")) {
    const plain::UrlRequest request{.access_key_id = vector.at("access_key"),
                                    .secret_access_key = vector.at("secret_key"),
                                    .session_token = vector.at("token"),
                                    .host = vector.at("host"),
                                    .base_path = vector.at("base_path"),
                                    .region = vector.at("region"),
                                    .time = vector.at("time"),
                                    .expires_in = std::to_string(vector.at("expires_in").get<int>()),
                                    .signed_query = vector.at("query").get<Pairs>()};
    EXPECT_EQ(plain::CanonicalRequest(request, KeyOf(vector)), vector.at("canonical_request").get<std::string>());
    EXPECT_TRUE(plain::PresignedUrl(request, KeyOf(vector)).ends_with(vector.at("signature").get<std::string>()));
  }
}

TEST(HeaderVectors, TextsAndHeadersAreBotocores) {
  ASSERT_GE(Vectors().at("in_headers").size(), 60U);
  for (const json& vector : Vectors().at("in_headers")) {
    SCOPED_TRACE(vector.dump());
    const auto method = vector.at("method").get<std::string>();
    const auto path = vector.at("path").get<std::string>();
    const std::string payload_hash = HexEncode(sigv4::Sha256Of(vector.at("body").get<std::string>()));
    const SignableRequest request{.method = method,
                                  .encoded_path = path,
                                  .query = vector.at("query").get<Pairs>(),
                                  .headers = vector.at("headers").get<Pairs>(),
                                  .payload_hash = payload_hash};
    const auto time = ParseBasic(vector.at("time").get<std::string>()).value();
    const Region region{vector.at("region")};
    const auto service = vector.at("service").get<std::string>();

    Pairs all = request.headers;
    for (const auto& [name, value] : vector.at("added").items()) {
      if (name != "Authorization") all.emplace_back(name, value.get<std::string>());
    }
    const std::string text = sigv4::CanonicalRequest(request, sigv4::Canonicalize(all));
    EXPECT_EQ(text, vector.at("canonical_request").get<std::string>());
    EXPECT_EQ(
        sigv4::StringToSignHead(time, sigv4::CredentialScope(time, region, service)) + HexEncode(sigv4::Sha256Of(text)),
        vector.at("string_to_sign").get<std::string>());

    json added = json::object();
    for (const auto& [name, value] : RequestSigner(CredentialsOf(vector), region, service).Sign(request, time)) {
      added[name] = value;
    }
    EXPECT_EQ(added, vector.at("added"));
  }
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html, "An example".
TEST(AwsDocumentation, ExampleUrlIsSignedTheSame) {
  Credentials credentials;
  credentials.access_key_id = "AKIAIOSFODNN7EXAMPLE";
  credentials.secret_access_key = SecretString("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
  const SigningScope scope{.region = {"us-east-1"},
                           .time = ParseBasic("20130524T000000Z").value(),
                           .expires_in = std::chrono::seconds(86'400)};
  const auto presigner = Presigner::Create(credentials, {.host = "examplebucket.s3.amazonaws.com"}, scope);
  ASSERT_TRUE(presigner);
  EXPECT_EQ(presigner->GetUrl("test.txt"),
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

}  // namespace
}  // namespace signpost
