#include "signpost/url_batch.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "sigv4/canonical.h"
#include "sigv4/presign_plan.h"
#include "sigv4/signature_batch.h"

namespace signpost {
namespace {

struct Signing {
  Credentials credentials;
  ObjectEndpoint endpoint;
  SigningScope scope{.region = {"eu-central-1"}, .time = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};

  Presigner MakePresigner() const { return Presigner::Create(credentials, endpoint, scope).value(); }
};

/// `token_bytes` and `base_path` move all that stands behind them over the blocks' ends.
Signing SigningWith(std::size_t token_bytes, std::string base_path) {
  Signing signing;
  signing.credentials.access_key_id = "AKIDEXAMPLE";
  signing.credentials.secret_access_key = SecretString("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
  signing.credentials.session_token = SecretString(std::string(token_bytes, 'T'));
  signing.endpoint = {.host = "data.s3.eu-central-1.amazonaws.com", .base_path = std::move(base_path)};
  return signing;
}

/// Random bytes, random letters, and mixtures of the longest and the shortest keys.
std::string HostileKey(std::mt19937_64* random) {
  const std::size_t size = (*random)() % 8 == 0 ? (*random)() % 1'025 : (*random)() % 130;
  const bool letters = (*random)() % 2 == 0;
  std::string key(size, '\0');
  for (char& byte : key) byte = static_cast<char>(letters ? 'a' + (*random)() % 26 : (*random)());
  return key;
}

std::vector<std::string> HostileKeys(std::size_t count, std::mt19937_64* random) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < count; ++i) keys.push_back(HostileKey(random));
  return keys;
}

TEST(UrlBatch, MakesTheTextThatIsMadeOneByOneForEveryNumberOfKeys) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (const std::size_t token_bytes : {0, 1'000}) {
    const Presigner presigner = SigningWith(token_bytes, "/bucket").MakePresigner();
    for (std::size_t count = 0; count <= 40; ++count) {
      std::string expected = "before";
      std::string text = expected;
      UrlBatch batch(presigner, &text);
      for (const std::string& key : HostileKeys(count, &random)) {
        presigner.AppendGetUrl(key, &expected);
        expected += "\n";
        batch.AppendGetUrl(key);
        batch.text()->append("\n");
      }
      batch.Finish();
      ASSERT_EQ(text, expected) << count << " keys";
    }
  }
}

TEST(UrlBatch, GoesOnAfterFinish) {
  const Presigner presigner = SigningWith(0, "").MakePresigner();
  std::string text;
  UrlBatch batch(presigner, &text);
  batch.AppendGetUrl("a");
  batch.Finish();
  EXPECT_EQ(text, presigner.GetUrl("a"));
  batch.Finish();
  EXPECT_EQ(text, presigner.GetUrl("a"));
  batch.AppendGetUrl("b");
  batch.Finish();
  EXPECT_EQ(text, presigner.GetUrl("a") + presigner.GetUrl("b"));
}

TEST(UrlBatch, OutlivesItsPresignerAndMoves) {
  auto presigner = std::make_unique<Presigner>(SigningWith(0, "").MakePresigner());
  const std::string expected = presigner->GetUrl("a") + presigner->GetUrl("b");
  std::string text;
  UrlBatch batch(*presigner, &text);
  batch.AppendGetUrl("a");
  presigner.reset();
  UrlBatch moved = std::move(batch);
  moved.AppendGetUrl("b");
  moved.Finish();
  EXPECT_EQ(text, expected);
}

class EachSignatureBatch : public ::testing::TestWithParam<sigv4::BlockHash> {};

/// The signature as the specification puts it together: whole strings, nothing hashed in advance.
std::string PlainSignature(const sigv4::PresignPlan& plan, const sigv4::HmacKey& key, std::string_view object_key) {
  return HexEncode(key.Sign(plan.StringToSign(object_key)));
}

/// All signatures of one batch of `keys`.
void ExpectPlainSignatures(const Signing& signing, sigv4::BlockHash hash, const std::vector<std::string>& keys) {
  const auto plan = sigv4::PlanPresign(signing.credentials, signing.endpoint, signing.scope, {}).value();
  const auto key = sigv4::SigningKey(signing.credentials.secret_access_key.Reveal(), signing.scope.time,
                                     signing.scope.region, sigv4::kS3Service);
  sigv4::PresignMidstates midstates{.request_head = {}, .to_sign_head = key.inner(), .key = key};
  midstates.request_head.Update(plan.request_head);
  midstates.to_sign_head.Update(plan.to_sign_head);
  const sigv4::KnownTail tail(plan.request_tail, hash);
  sigv4::SignatureBatch batch(&midstates, &tail);
  std::string signatures(keys.size() * sigv4::kHexDigits, '\0');
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (batch.full()) batch.Write(signatures.data());
    batch.Add(PercentEncode(keys[i], /*keep_slash=*/true), i * sigv4::kHexDigits);
  }
  batch.Write(signatures.data());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ASSERT_EQ(signatures.substr(i * sigv4::kHexDigits, sigv4::kHexDigits), PlainSignature(plan, key, keys[i]))
        << "key " << i << " of " << keys.size() << ": " << PercentEncode(keys[i]);
  }
}

TEST_P(EachSignatureBatch, SignsHostileKeysInBatchesOfEverySize) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (const std::size_t token_bytes : {0, 1'000}) {
    const Signing signing = SigningWith(token_bytes, "/bucket");
    for (std::size_t count = 0; count <= 40; ++count) {
      ExpectPlainSignatures(signing, GetParam(), HostileKeys(count, &random));
    }
  }
}

TEST_P(EachSignatureBatch, SignsKeysThatEndAnywhereInABlock) {
  std::vector<std::string> keys;
  for (std::size_t size = 0; size <= 140; ++size) keys.emplace_back(size, 'k');
  for (const std::size_t token_bytes : {0, 1'000}) {
    ExpectPlainSignatures(SigningWith(token_bytes, ""), GetParam(), keys);
  }
}

TEST_P(EachSignatureBatch, SignsWithTailsOfEveryLength) {
  const std::vector<std::string> keys = {"", "a", "b/c", std::string(40, 'd'), std::string(63, 'e')};
  for (std::size_t token_bytes = 1; token_bytes <= 600; ++token_bytes) {
    ExpectPlainSignatures(SigningWith(token_bytes, ""), GetParam(), keys);
  }
}

TEST_P(EachSignatureBatch, SignsBehindHeadsThatEndAnywhereInABlock) {
  const std::vector<std::string> keys = {"a", "b/c", std::string(100, 'd')};
  for (std::size_t size = 0; size <= 130; ++size) {
    Signing signing = SigningWith(0, "/" + std::string(size, 'b'));
    signing.scope.region.name = "r" + std::string(size, 'r');
    ExpectPlainSignatures(signing, GetParam(), keys);
  }
}

INSTANTIATE_TEST_SUITE_P(All, EachSignatureBatch, ::testing::ValuesIn(sigv4::AvailableBlockHashes()),
                         [](const auto& one) {
                           return one.param == sigv4::BlockHash::kOneByOne ? "OneByOne" : "ShaNiPairs";
                         });

}  // namespace
}  // namespace signpost
