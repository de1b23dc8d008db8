#include "signpost/presigner.h"

#include <cstring>

#include "base/bytes.h"
#include "sigv4/canonical.h"
#include "sigv4/presigner_state.h"

namespace signpost {
namespace {

char* Write(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

}  // namespace

Presigner::State::State(sigv4::PresignPlan the_plan, const sigv4::HmacKey& key)
    : plan(std::move(the_plan)), midstates{.request_head = {}, .to_sign_head = key.inner(), .key = key} {
  midstates.request_head.Update(plan.request_head);
  midstates.to_sign_head.Update(plan.to_sign_head);
}

const sigv4::KnownTail& Presigner::State::KnownRequestTail() const {
  std::call_once(known_request_tail_made_,
                 [this] { known_request_tail_.emplace(plan.request_tail, sigv4::AvailableBlockHashes().back()); });
  return *known_request_tail_;
}

std::size_t Presigner::State::MostUrlBytes(std::size_t size) const {
  return plan.url_head.size() + MostPercentEncodedBytes(size) + plan.url_tail.size() + sigv4::kHexDigits;
}

Presigner::State::UnsignedUrl Presigner::State::WriteUnsignedUrl(std::string_view key, char* out) const {
  char* const path = Write(plan.url_head, out);
  char* const path_end = WritePercentEncoded(key, /*keep_slash=*/true, path);
  return {.path = {path, path_end}, .signature = Write(plan.url_tail, path_end)};
}

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
    const auto [path, signature] = state_->WriteUnsignedUrl(key, text + before);
    const sigv4::PresignMidstates& midstates = state_->midstates;
    sigv4::Sha256 request = midstates.request_head;
    request.Update(path);
    request.Update(state_->plan.request_tail);
    // The request's hash stands where the signature will, until it is signed.
    WriteHex(request.Finish(), signature);
    sigv4::Sha256 to_sign = midstates.to_sign_head;
    to_sign.Update(std::string_view(signature, sigv4::kHexDigits));
    WriteHex(midstates.key.Finish(to_sign), signature);
    return static_cast<std::size_t>(signature + sigv4::kHexDigits - text);
  });
}

std::string Presigner::GetUrl(std::string_view key) const {
  std::string url;
  AppendGetUrl(key, &url);
  return url;
}

}  // namespace signpost
