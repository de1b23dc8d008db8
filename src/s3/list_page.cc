#include "s3/list_page.h"

#include <charconv>

#include "base/bucket.h"
#include "base/bytes.h"
#include "s3/etag.h"
#include "s3/quick_contents.h"
#include "s3/xml_cursor.h"

namespace signpost::s3 {
namespace {

constexpr std::size_t kBytesOfAShortObject = 200;  // as `<Contents>`; room is made for so many at once

std::unexpected<Error> Malformed(std::string_view why) {
  return Fail(ErrorCode::kUnavailable, "the list answer " + std::string(why));
}

std::unexpected<Error> Contradiction(std::string_view why) {
  return Fail(ErrorCode::kDataLoss, "the list answer contradicts itself: " + std::string(why));
}

/// The scan of one document. Text fields are kept raw until the end, because `<EncodingType>` may come last.
class Scan {
 public:
  explicit Scan(ListPage* page) : page_(page), cursor_(page->body) {}

  Status Run() {
    std::string_view name;
    if (!cursor_.EnterChild(&name)) return Malformed("is empty or not XML");
    if (name != "ListBucketResult") return Malformed("is another document: <" + std::string(name.substr(0, 40)) + ">");
    while (true) {
      ReadUsualContents();
      if (!cursor_.EnterChild(&name)) break;
      Status read = ReadField(name);
      if (!read) return read;
    }
    if (cursor_.failed() || !cursor_.Leave() || !cursor_.AtEnd()) return Malformed("is cut or malformed");
    return Decode();
  }

 private:
  Status ReadField(std::string_view name) {
    if (name == "Contents") {
      return ReadContents();
    }
    std::string_view* field = name == "IsTruncated"             ? &truncated_
                              : name == "NextContinuationToken" ? &token_
                              : name == "EncodingType"          ? &encoding_
                                                                : nullptr;
    const bool read = field == nullptr ? cursor_.Skip() : cursor_.ReadText(field);
    if (!read) return Malformed("is cut or malformed");
    return {};
  }

  /// Takes all `<Contents>` that come next in the form that nearly all have.
  void ReadUsualContents() {
    const std::string_view rest = cursor_.rest();
    QuickContents quick(rest);
    ListedObject object;
    bool encoded = false;
    while (quick.Read(&object, &encoded)) {
      if (encoded) undecoded_.push_back({page_->objects.size(), /*has_entities=*/false});
      page_->objects.push_back(object);
    }
    cursor_.Advance(quick.read());
  }

  Status ReadContents() {
    ListedObject object;
    object.storage_class = "STANDARD";
    std::string_view size;
    std::string_view name;
    bool has_key = false;
    while (cursor_.EnterChild(&name)) {
      std::string_view* field = name == "Key"            ? &object.key
                                : name == "LastModified" ? &object.last_modified
                                : name == "ETag"         ? &object.etag
                                : name == "Size"         ? &size
                                : name == "StorageClass" ? &object.storage_class
                                                         : nullptr;
      has_key = has_key || name == "Key";
      if (field == nullptr ? !cursor_.Skip() : !cursor_.ReadText(field)) return Malformed("is cut or malformed");
    }
    if (cursor_.failed() || !cursor_.Leave()) return Malformed("is cut or malformed");
    if (!has_key) return Contradiction("an object has no key");
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), object.size);
    if (error != std::errc() || end != size.data() + size.size()) return Contradiction("an object's size is no number");
    undecoded_.push_back({page_->objects.size(), /*has_entities=*/true});
    page_->objects.push_back(object);
    return {};
  }

  Status Decode() {
    Status fields = DecodeFields();
    if (!fields) return fields;
    const bool url_encoded = encoding_ == "url";
    for (const Undecoded& each : undecoded_) {
      ListedObject& object = page_->objects[each.index];
      if (each.has_entities && !DecodeEntitiesOf(&object)) return Malformed("holds a text that cannot be decoded");
      if (url_encoded && !DecodePercentSigns(&object.key)) return Malformed("holds a key that cannot be decoded");
      if (object.key.empty() || object.key.size() > kMaxKeyBytes) {
        return Contradiction("a key is empty or over 1,024 bytes long");
      }
    }
    return {};
  }

  Status DecodeFields() {
    if (truncated_ != "true" && truncated_ != "false") return Malformed("does not say whether it is truncated");
    page_->is_truncated = truncated_ == "true";
    if (!DecodeEntities(&token_)) return Malformed("holds a text that cannot be decoded");
    if (page_->is_truncated && token_.empty()) return Contradiction("it is truncated but has no continuation token");
    if (page_->is_truncated) page_->next_continuation_token = token_;
    return {};
  }

  /// The bytes of `view`, which lies in the page's own body.
  char* Own(std::string_view view) { return page_->body.data() + (view.data() - page_->body.data()); }

  bool DecodeEntities(std::string_view* text) {
    if (text->find('&') == std::string_view::npos) return true;
    const std::size_t size = DecodeXmlText(*text, Own(*text));
    if (size == std::string_view::npos) return false;
    *text = text->substr(0, size);
    return true;
  }

  bool DecodeEntitiesOf(ListedObject* object) {
    const bool decoded = DecodeEntities(&object->key) && DecodeEntities(&object->etag) &&
                         DecodeEntities(&object->last_modified) && DecodeEntities(&object->storage_class);
    object->etag = WithoutQuotes(object->etag);
    return decoded;
  }

  bool DecodePercentSigns(std::string_view* key) {
    const std::size_t size = PercentDecodeInPlace(Own(*key), key->size(), /*plus_is_space=*/true);
    if (size == std::string_view::npos) return false;
    *key = key->substr(0, size);
    return true;
  }

  /// An object whose texts are still as the document has them.
  struct Undecoded {
    std::size_t index;
    bool has_entities;  ///< Perhaps; else only its key may hold `%` or `+`.
  };

  ListPage* const page_;
  XmlCursor cursor_;
  std::string_view truncated_;
  std::string_view token_;
  std::string_view encoding_;
  std::vector<Undecoded> undecoded_;
};

}  // namespace

Status ScanListPage(ListPage* page) {
  page->objects.clear();
  page->objects.reserve(page->body.size() / kBytesOfAShortObject);
  page->is_truncated = false;
  page->next_continuation_token.clear();
  return Scan(page).Run();
}

}  // namespace signpost::s3
