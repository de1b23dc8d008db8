#include "s3/multipart.h"

#include <fmt/format.h>
#include <pugixml.hpp>

#include "aws/service_error.h"
#include "s3/attempt.h"
#include "s3/crc64nvme.h"
#include "s3/etag.h"
#include "s3/write_headers.h"

namespace signpost::s3 {
namespace {

/// S3 sends white space for as long as it assembles the object.
constexpr std::chrono::minutes kCompleteIdleTimeout{10};

/// Parses the answer and checks its root; kUnavailable for anything else, so that the request is sent again.
Status ParseAnswer(std::string_view what, const http::Response& answer, const char* root,
                   pugi::xml_document* document) {
  if (aws::IsErrorDocument(answer.body)) return std::unexpected(aws::ServiceError(what, answer));
  const auto parsed = document->load_buffer(answer.body.data(), answer.body.size());
  if (!parsed || std::string_view(document->document_element().name()) != root) {
    return Fail(ErrorCode::kUnavailable, fmt::format("{}: the answer is not a complete <{}>", what, root));
  }
  return {};
}

std::string CompletionBody(const std::vector<UploadedPart>& parts) {
  std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const UploadedPart& part : parts) {
    body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>&quot;{}&quot;</ETag>", part.number, part.etag);
    if (part.crc64nvme) {
      body += fmt::format("<ChecksumCRC64NVME>{}</ChecksumCRC64NVME>", Crc64NvmeHeader(*part.crc64nvme));
    }
    body += "</Part>";
  }
  body += "</CompleteMultipartUpload>";
  return body;
}

Operation Of(const MultipartUpload& upload, std::string_view doing, std::string method) {
  return {.what = fmt::format("{} s3://{}/{}", doing, upload.bucket.name(), upload.key),
          .method = std::move(method),
          .bucket = upload.bucket,
          .key = upload.key,
          .query = {{"uploadId", upload.upload_id}}};
}

}  // namespace

Result<MultipartUpload> CreateMultipartUpload(Client& client, const CallContext& context, const Bucket& bucket,
                                              const std::string& key, const ObjectAttributes& attributes,
                                              const std::string& attempt_id) {
  MultipartUpload upload{.bucket = bucket, .key = key, .upload_id = {}, .attempt_id = attempt_id};
  Operation operation = Of(upload, "beginning the upload of", "POST");
  operation.query = {{"uploads", ""}};
  ObjectAttributes marked = attributes;
  marked.metadata[kAttemptMetadata] = attempt_id;
  operation.headers = AttributeHeaders(marked);
  operation.headers.emplace_back("x-amz-checksum-algorithm", "CRC64NVME");
  operation.headers.emplace_back("x-amz-checksum-type", "FULL_OBJECT");
  http::Response response;
  Status sent = client.Send(context, operation, &response, [&](http::Response& answer) -> Status {
    pugi::xml_document document;
    Status parsed = ParseAnswer(operation.what, answer, "InitiateMultipartUploadResult", &document);
    if (!parsed) return parsed;
    upload.upload_id = document.document_element().child_value("UploadId");
    if (upload.upload_id.empty()) return Fail(ErrorCode::kUnavailable, operation.what + ": the answer has no UploadId");
    return {};
  });
  if (!sent) return Forward(sent);
  return upload;
}

Result<UploadedPart> UploadPart(Client& client, const CallContext& context, const MultipartUpload& upload, int number,
                                std::string_view body) {
  UploadedPart part{.number = number, .etag = {}, .size = body.size(), .crc64nvme = Crc64Nvme(body)};
  const std::string checksum = Crc64NvmeHeader(*part.crc64nvme);
  Operation operation = Of(upload, fmt::format("uploading part {} of", number), "PUT");
  operation.query.emplace_back("partNumber", std::to_string(number));
  operation.headers = {{"x-amz-checksum-crc64nvme", checksum}};
  operation.body = body;
  http::Response response;
  Status sent = client.Send(context, operation, &response,
                            [&](http::Response& answer) { return CheckWriteAnswer(operation.what, answer, checksum); });
  if (!sent) return Forward(sent);
  part.etag = WithoutQuotes(*response.headers.Find("etag"));
  return part;
}

Result<std::vector<UploadedPart>> ListParts(Client& client, const CallContext& context, const MultipartUpload& upload) {
  std::vector<UploadedPart> parts;
  std::string marker;
  while (true) {
    Operation operation = Of(upload, "listing the parts of", "GET");
    if (!marker.empty()) operation.query.emplace_back("part-number-marker", marker);
    http::Response response;
    pugi::xml_document document;
    Status sent = client.Send(context, operation, &response, [&](http::Response& answer) {
      return ParseAnswer(operation.what, answer, "ListPartsResult", &document);
    });
    if (!sent) return Forward(sent);
    const pugi::xml_node root = document.document_element();
    for (const pugi::xml_node node : root.children("Part")) {
      parts.push_back({.number = node.child("PartNumber").text().as_int(),
                       .etag = std::string(WithoutQuotes(node.child_value("ETag"))),
                       .size = node.child("Size").text().as_ullong(),
                       .crc64nvme = std::nullopt});
    }
    if (std::string_view(root.child_value("IsTruncated")) != "true") return parts;
    const std::string next = root.child_value("NextPartNumberMarker");
    if (next.empty() || next == marker) {
      return Fail(ErrorCode::kDataLoss, operation.what + ": truncated without a new part-number marker");
    }
    marker = next;
  }
}

Result<std::string> CompleteMultipartUpload(Client& client, const CallContext& context, const MultipartUpload& upload,
                                            const std::vector<UploadedPart>& parts, const WriteCondition& condition) {
  Operation operation = Of(upload, "completing the upload of", "POST");
  std::uint64_t size = 0;
  for (const UploadedPart& part : parts) size += part.size;
  operation.headers = {{"x-amz-mp-object-size", std::to_string(size)}, {"x-amz-checksum-type", "FULL_OBJECT"}};
  AddConditionHeaders(condition, &operation.headers);
  const std::string body = CompletionBody(parts);
  operation.body = body;
  operation.idle_timeout = kCompleteIdleTimeout;
  operation.min_bytes_per_second = 0;
  std::string etag;
  http::Response response;
  Status sent = client.Send(context, operation, &response, [&](http::Response& answer) -> Status {
    pugi::xml_document document;
    Status parsed = ParseAnswer(operation.what, answer, "CompleteMultipartUploadResult", &document);
    if (!parsed) return parsed;
    etag = WithoutQuotes(document.document_element().child_value("ETag"));
    return {};
  });
  if (sent && !etag.empty()) return etag;
  // Some servers leave the ETag out when they answer a repeated request.
  if (sent) return FindAttempt(client, context, upload.bucket, upload.key, upload.attempt_id);
  const ErrorCode code = sent.error().code;
  if (code == ErrorCode::kNotFound || code == ErrorCode::kConflict) {
    // The upload is gone, or the key is taken: perhaps by us, in an attempt whose answer was lost.
    if (auto own = FindAttempt(client, context, upload.bucket, upload.key, upload.attempt_id)) return own;
  }
  return Forward(sent);
}

Status AbortMultipartUpload(Client& client, const CallContext& context, const MultipartUpload& upload) {
  http::Response response;
  Status sent = client.Send(context, Of(upload, "aborting the upload of", "DELETE"), &response);
  if (!sent && sent.error().code == ErrorCode::kNotFound) return {};
  return sent;
}

}  // namespace signpost::s3
