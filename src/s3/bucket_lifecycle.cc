#include "s3/bucket_lifecycle.h"

#include <array>
#include <cstdint>
#include <span>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "aws/service_error.h"
#include "base/bytes.h"

namespace signpost::s3 {
namespace {

constexpr char kMinimumSize[] = "x-amz-transition-default-minimum-object-size";

Result<std::string> ContentMd5(std::string_view body) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(body.data(), body.size(), digest.data(), &size, EVP_md5(), nullptr) != 1) {
    return Fail(ErrorCode::kInternal, "OpenSSL has no MD5, which S3 demands with a lifecycle");
  }
  return Base64Encode(std::span(digest).first(size));
}

}  // namespace

Result<std::optional<BucketLifecycle>> GetBucketLifecycle(Client& client, const CallContext& context,
                                                          const Bucket& bucket) {
  const Operation operation{.what = fmt::format("reading the lifecycle of the bucket {}", bucket.name()),
                            .bucket = bucket,
                            .query = {{"lifecycle", ""}}};
  http::Response response;
  Status sent = client.Send(context, operation, &response, [&](http::Response& answer) -> Status {
    if (aws::IsErrorDocument(answer.body)) return std::unexpected(aws::ServiceError(operation.what, answer));
    return {};
  });
  if (!sent && sent.error().service_code == "NoSuchLifecycleConfiguration") return std::nullopt;
  if (!sent) return Forward(sent);
  return BucketLifecycle{.xml = std::move(response.body),
                         .transition_minimum_size = std::string(response.headers.Find(kMinimumSize).value_or(""))};
}

Status PutBucketLifecycle(Client& client, const CallContext& context, const Bucket& bucket,
                          const BucketLifecycle& lifecycle) {
  auto md5 = ContentMd5(lifecycle.xml);
  if (!md5) return Forward(md5);
  Operation operation{.what = fmt::format("writing the lifecycle of the bucket {}", bucket.name()),
                      .method = "PUT",
                      .bucket = bucket,
                      .query = {{"lifecycle", ""}},
                      .headers = {{"content-md5", std::move(*md5)}, {"content-type", "application/xml"}},
                      .body = lifecycle.xml};
  if (!lifecycle.transition_minimum_size.empty()) {
    operation.headers.emplace_back(kMinimumSize, lifecycle.transition_minimum_size);
  }
  http::Response response;
  return client.Send(context, operation, &response);
}

}  // namespace signpost::s3
