#include "signpost/url_batch.h"

#include "sigv4/presigner_state.h"
#include "sigv4/signature_batch.h"

namespace signpost {

struct UrlBatch::State {
  explicit State(std::shared_ptr<const Presigner::State> the_presigner)
      : presigner(std::move(the_presigner)),
        signatures(&presigner->midstates, presigner->plan.request_tail, sigv4::AvailableBlockHashes().back()) {}

  std::shared_ptr<const Presigner::State> presigner;
  sigv4::SignatureBatch signatures;
};

UrlBatch::UrlBatch(const Presigner& presigner, std::string* text)
    : state_(std::make_unique<State>(presigner.state_)), text_(text) {}

UrlBatch::UrlBatch(UrlBatch&&) noexcept = default;
UrlBatch& UrlBatch::operator=(UrlBatch&&) noexcept = default;
UrlBatch::~UrlBatch() = default;

void UrlBatch::AppendGetUrl(std::string_view key) {
  const std::size_t before = text_->size();
  text_->resize_and_overwrite(before + state_->presigner->MostUrlBytes(key.size()), [&](char* text, std::size_t) {
    const auto [path, signature] = state_->presigner->WriteUnsignedUrl(key, text + before);
    state_->signatures.Add(path, static_cast<std::size_t>(signature - text));
    if (state_->signatures.full()) state_->signatures.Write(text);
    return static_cast<std::size_t>(signature - text) + sigv4::kHexDigits;
  });
}

void UrlBatch::Finish() { state_->signatures.Write(text_->data()); }

}  // namespace signpost
