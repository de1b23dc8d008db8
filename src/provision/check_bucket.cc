#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "provision/doctor.h"
#include "provision/lifecycle_rules.h"
#include "s3/bucket_lifecycle.h"
#include "s3/get_object.h"
#include "s3/list_objects_v2.h"
#include "s3/multipart.h"

namespace signpost::provision {
namespace {

constexpr int kSampled = 20;

std::string UriOf(const Bucket& bucket, std::string_view key) { return fmt::format("s3://{}/{}", bucket.name(), key); }

/// What to do about a refused request that needs `action`.
std::string AdviceFor(const Error& error, std::string_view action, const std::string& where) {
  if (error.code == ErrorCode::kNotFound) return "make the bucket, or correct its name";
  if (error.code == ErrorCode::kDenied) return fmt::format("allow {} on {}", action, where);
  if (error.code == ErrorCode::kUnauthenticated) return "S3 does not take these credentials: sign in again";
  return "see the message; try again if it is the network's";
}

bool IsArchived(std::string_view storage_class) {
  return storage_class == "GLACIER" || storage_class == "DEEP_ARCHIVE";
}

/// The object to read: one that can be, and has bytes, where there is one.
std::string SampleOf(const s3::ListPage& page) {
  const auto good = std::ranges::find_if(
      page.objects, [](const s3::ListedObject& each) { return each.size > 0 && !IsArchived(each.storage_class); });
  return std::string(good == page.objects.end() ? page.objects.front().key : good->key);
}

std::string RandomName(Random& random) { return fmt::format("{:016x}{:016x}", random.Next(), random.Next()); }

std::string WantedRules(const LifecycleCover& cover) {
  if (!cover.expires_after_days && !cover.aborts_after_days) {
    return "manifests never expire, and incomplete uploads are never aborted";
  }
  return cover.expires_after_days ? "incomplete uploads are never aborted" : "manifests never expire";
}

Finding CheckLifecycle(const DoctorWorld& world, const CallContext& context, const S3Uri& output) {
  constexpr char kCheck[] = "lifecycle";
  const std::string where = UriOf(output.bucket, output.key);
  const auto lifecycle = s3::GetBucketLifecycle(world.connection->client(), context, output.bucket);
  if (!lifecycle) {
    return Warn(kCheck, lifecycle.error().ToString(),
                AdviceFor(lifecycle.error(), "s3:GetLifecycleConfiguration", "bucket " + output.bucket.name()));
  }
  auto document = *lifecycle ? LifecycleDocument::Parse((*lifecycle)->xml) : LifecycleDocument();
  if (!document) return Warn(kCheck, document.error().ToString(), "look at the bucket's lifecycle yourself");
  const LifecycleCover cover = CoverOf(*document, output.key);
  if (cover.expires_after_days && cover.aborts_after_days) {
    return Ok(kCheck, fmt::format("{} expires after {} d, incomplete uploads are aborted after {} d", where,
                                  *cover.expires_after_days, *cover.aborts_after_days));
  }
  const std::string folder = output.key.substr(0, output.key.rfind('/') + 1);
  return Bad(kCheck, fmt::format("{}: {}", where, WantedRules(cover)),
             folder.empty() ? "write manifests below a prefix, and give it a lifecycle (signpost provision lifecycle)"
                            : "signpost provision lifecycle " + UriOf(output.bucket, folder));
}

}  // namespace

std::vector<Finding> CheckSource(const DoctorWorld& world, const CallContext& context, const S3Uri& source) {
  const std::string where = UriOf(source.bucket, source.key);
  s3::Client& client = world.connection->client();
  s3::ListPage page;
  const Status listed =
      s3::ListObjectsV2(client, context, {.bucket = source.bucket, .prefix = source.key, .max_keys = kSampled}, &page);
  if (!listed) {
    return {Bad("list", listed.error().ToString(),
                AdviceFor(listed.error(), "s3:ListBucket", "bucket " + source.bucket.name()))};
  }
  std::vector<Finding> findings = {Ok("list", where)};
  if (page.objects.empty()) {
    findings.push_back(Warn("read", "no object lies below " + where, "reading was not tried; put one there"));
    return findings;
  }
  const std::string sample = SampleOf(page);
  const auto read = s3::GetObjectTail(client, context, source.bucket, sample, 1);
  if (read) {
    findings.push_back(Ok("read", UriOf(source.bucket, sample)));
  } else {
    findings.push_back(Bad("read", read.error().ToString(),
                           AdviceFor(read.error(), "s3:GetObject (for SSE-KMS kms:Decrypt too)", where + "*")));
  }
  return findings;
}

Finding CheckWriting(const DoctorWorld& world, const CallContext& context, const Bucket& bucket,
                     const std::string& key) {
  const s3::MultipartUpload none{.bucket = bucket, .key = key, .upload_id = RandomName(*world.random)};
  const auto part = s3::UploadPart(world.connection->client(), context, none, 1, "x");
  if (part) {
    return Warn("write", "the server took a part for an upload that does not exist",
                "it tells nothing about permissions; write a manifest to see");
  }
  const Error& error = part.error();
  if (error.service_code == "NoSuchUpload") return Ok("write", UriOf(bucket, key));
  return Bad("write", error.ToString(), AdviceFor(error, "s3:PutObject", UriOf(bucket, key)));
}

std::vector<Finding> CheckOutput(const DoctorWorld& world, const CallContext& context, const S3Uri& output) {
  const bool is_prefix = output.key.empty() || output.key.ends_with('/');
  const std::string key = is_prefix ? output.key + "signpost-doctor-" + RandomName(*world.random) : output.key;
  std::vector<Finding> findings = {CheckWriting(world, context, output.bucket, key)};
  // No such upload is a success of an abort.
  const s3::MultipartUpload none{.bucket = output.bucket, .key = key, .upload_id = RandomName(*world.random)};
  const Status aborted = s3::AbortMultipartUpload(world.connection->client(), context, none);
  if (aborted) {
    findings.push_back(Ok("abort", UriOf(output.bucket, key)));
  } else {
    findings.push_back(Bad("abort", aborted.error().ToString(),
                           AdviceFor(aborted.error(), "s3:AbortMultipartUpload", UriOf(output.bucket, key))));
  }
  findings.push_back(CheckLifecycle(world, context, output));
  return findings;
}

}  // namespace signpost::provision
