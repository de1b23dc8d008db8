#include "signpost/url_batch.h"

#include "sigv4/presigner_state.h"
#include "sigv4/signature_batch.h"

namespace signpost {

struct UrlBatch::State {
  explicit State(std::shared_ptr<const Presigner::State> the_presigner)
      : presigner(std::move(the_presigner)), signatures(&presigner->midstates, &presigner->KnownRequestTail()) {}

  std::shared_ptr<const Presigner::State> presigner;
  sigv4::SignatureBatch signatures;
};

UrlBatch::UrlBatch(const Presigner& presigner, std::string* text)
    : state_(std::make_unique<State>(presigner.state_)), text_(text) {}

UrlBatch::UrlBatch(UrlBatch&&) noexcept = default;
UrlBatch& UrlBatch::operator=(UrlBatch&&) noexcept = default;
UrlBatch::~UrlBatch() = default;

UrlBatch::Place UrlBatch::AppendGetUrl(std::string_view key) {
  const std::size_t before = text_->size();
  Place place{};
  text_->resize_and_overwrite(before + state_->presigner->MostUrlBytes(key.size()), [&](char* text, std::size_t) {
    const auto [path, signature] = state_->presigner->WriteUnsignedUrl(key, text + before);
    place.path = static_cast<std::size_t>(path.data() - text);
    place.query = place.path + path.size();
    place.signature = static_cast<std::size_t>(signature - text);
    state_->signatures.Add(path, place.signature);
    if (state_->signatures.full()) state_->signatures.Write(text);
    return place.signature + sigv4::kHexDigits;
  });
  return place;
}

void UrlBatch::Finish() { state_->signatures.Write(text_->data()); }

}  // namespace signpost
