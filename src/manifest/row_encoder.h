#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "signpost/url_batch.h"

#include "manifest/format.h"
#include "manifest/row_pieces.h"
#include "s3/list_page.h"

namespace signpost::manifest {

/// Why an object's row has no URL.
struct Unservable {
  std::string_view code;
  std::string_view message;
};

/// Objects in these storage classes answer a GET with 403 InvalidObjectState until they are restored
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html); S3 does not tell a restored one in a listing.
std::optional<Unservable> WhyUnservable(const s3::ListedObject& object);

/// Appends the row of one object, with its line end, to `*urls->text()`; complete once `*urls` is finished.
/// docs/manifest.md specifies the forms. No allocation but in the text. An unservable object has an error in place of
/// its URL (`urls`: no row at all). Returns where the row's pieces are.
RowPieces AppendRow(Format format, const s3::ListedObject& object, const std::optional<Unservable>& unservable,
                    UrlBatch* urls);

/// The line before the first row; empty but for CSV.
std::string_view Header(Format format);

}  // namespace signpost::manifest
