#include "signpost/presigner.h"

#include <cstring>

#include "base/bytes.h"
#include "sigv4/canonical.h"
#include "sigv4/presign_plan.h"

namespace signpost {
namespace {

char* Write(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

}  // namespace

struct Presigner::State {
  sigv4::PresignPlan plan;
  sigv4::HmacKey key;
  sigv4::Sha256 request_head;  // has absorbed plan.request_head
  sigv4::Sha256 to_sign_head;  // the inner HMAC, has absorbed plan.to_sign_head

  State(sigv4::PresignPlan the_plan, const sigv4::HmacKey& signing_key)
      : plan(std::move(the_plan)), key(signing_key), to_sign_head(signing_key.inner()) {
    request_head.Update(plan.request_head);
    to_sign_head.Update(plan.to_sign_head);
  }

  /// The longest URL of a key of `size` bytes, and the byte over that WritePercentEncoded() needs.
  std::size_t MostUrlBytes(std::size_t size) const {
    return plan.url_head.size() + MostPercentEncodedBytes(size) + plan.url_tail.size() + sigv4::kHexDigits;
  }

  char* WriteUrl(std::string_view object_key, char* out) const {
    char* const path = Write(plan.url_head, out);
    char* const path_end = WritePercentEncoded(object_key, /*keep_slash=*/true, path);
    char* const signature = Write(plan.url_tail, path_end);

    sigv4::Sha256 request = request_head;
    request.Update(std::string_view(path, path_end));
    request.Update(plan.request_tail);
    // The request's hash stands where the signature will, until it is signed.
    sigv4::WriteHex(request.Finish(), signature);
    sigv4::Sha256 to_sign = to_sign_head;
    to_sign.Update(std::string_view(signature, sigv4::kHexDigits));
    sigv4::WriteHex(key.Finish(to_sign), signature);
    return signature + sigv4::kHexDigits;
  }
};

Result<Presigner> Presigner::Create(const Credentials& credentials, const ObjectEndpoint& endpoint,
                                    const SigningScope& scope, const SignedQuery& signed_query) {
  auto plan = sigv4::PlanPresign(credentials, endpoint, scope, signed_query);
  if (!plan) return Forward(plan);
  const auto key =
      sigv4::SigningKey(credentials.secret_access_key.Reveal(), scope.time, scope.region, sigv4::kS3Service);
  return Presigner(std::make_shared<const State>(*std::move(plan), key));
}

Presigner::Presigner(std::shared_ptr<const State> state) : state_(std::move(state)) {}

void Presigner::AppendGetUrl(std::string_view key, std::string* out) const {
  const std::size_t before = out->size();
  out->resize_and_overwrite(before + state_->MostUrlBytes(key.size()), [&](char* text, std::size_t) {
    return static_cast<std::size_t>(state_->WriteUrl(key, text + before) - text);
  });
}

std::string Presigner::GetUrl(std::string_view key) const {
  std::string url;
  AppendGetUrl(key, &url);
  return url;
}

}  // namespace signpost
