#include "lambda/job_order.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/problems.h"
#include "job/run_once.h"
#include "lambda/log_text.h"
#include "s3/connection.h"

namespace signpost::lambda {
namespace {

using nlohmann::json;

constexpr std::size_t kMostUnknownNames = 10;

/// Hands out the members of a job one by one; what nobody asked for is not known.
class Members {
 public:
  Members(const json& job, Problems* problems) : job_(job), problems_(problems) {}

  std::optional<std::string> Text(const char* name) {
    const json* value = Find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    return WrongType<std::string>(name, *value, "a string");
  }

  std::optional<bool> Flag(const char* name) {
    const json* value = Find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    return WrongType<bool>(name, *value, "true or false");
  }

  /// A whole number as it would stand on the command line, for the same parser.
  std::optional<std::string> Whole(const char* name) {
    const json* value = Find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_number_integer()) return value->dump();
    return WrongType<std::string>(name, *value, "a whole number");
  }

  std::optional<std::string> WholeOrText(const char* name) {
    const json* value = Find(name);
    return value != nullptr && value->is_string() ? Text(name) : Whole(name);
  }

  void RefuseUnknown() {
    std::string names;
    std::size_t count = 0;
    for (const auto& [name, value] : job_.items()) {
      if (known_.contains(name) || ++count > kMostUnknownNames) continue;
      names += fmt::format("{}'{}'", names.empty() ? "" : ", ", Excerpt(name));
    }
    if (count > kMostUnknownNames) names += fmt::format(" and {} more", count - kMostUnknownNames);
    if (count > 0) problems_->Add("not known", names);
  }

 private:
  const json* Find(const char* name) {
    known_.insert(name);
    const auto found = job_.find(name);
    return found == job_.end() ? nullptr : &*found;
  }

  template <typename T>
  std::optional<T> WrongType(const char* name, const json& value, std::string_view wanted) {
    problems_->Add(name,
                   fmt::format("must be {}, is {}", wanted, value.is_number() ? "another number" : value.type_name()));
    return std::nullopt;
  }

  const json& job_;
  Problems* const problems_;
  std::set<std::string, std::less<>> known_;
};

/// Takes what `parse` makes of a member, if it is there.
template <typename T, typename Parse>
void TakeInto(T* place, const char* name, const std::optional<std::string>& text, Parse parse, Problems* problems) {
  if (!text) return;
  auto value = parse(*text);
  if (value) {
    *place = std::move(*value);
  } else {
    problems->Add(name, Excerpt(value.error().message));
  }
}

Result<std::string> ParsePrefix(const std::string& text) {
  if (text.size() <= kMaxKeyBytes) return text;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{} bytes, a key has at most {}", text.size(), kMaxKeyBytes));
}

Result<job::S3Target> ParseS3Output(const std::string& text) {
  auto uri = S3Uri::Parse(text);
  if (!uri) return Forward(uri);
  return job::S3Target{std::move(uri->bucket), std::move(uri->key)};
}

/// Pages that wait take memory that the function must have: an eighth of it by default, half at most.
void ReadLookahead(Members* members, const FunctionSettings& settings, job::JobRequest* request, Problems* problems) {
  const std::size_t most = std::max(settings.memory_bytes / 2, job::kMinLookahead);
  request->lookahead_bytes = std::clamp(settings.memory_bytes / 8, job::kMinLookahead, request->lookahead_bytes);
  TakeInto(&request->lookahead_bytes, "lookahead", members->WholeOrText("lookahead"), job::ParseLookahead, problems);
  if (request->lookahead_bytes > most) {
    problems->Add("lookahead", fmt::format("over half of the function's memory ({} bytes)", most));
  }
}

void ReadUrls(Members* members, const FunctionSettings& settings, JobOrder* order, Problems* problems) {
  job::UrlOptions& urls = order->request.urls;
  urls.expires_in = std::min(urls.expires_in, settings.max_expires_in);
  TakeInto(&urls.expires_in, "expires_in", members->Whole("expires_in"), job::ParseExpiresIn, problems);
  if (urls.expires_in > settings.max_expires_in) {
    problems->Add("expires_in", fmt::format("{} is over the {} that this function allows", urls.expires_in.count(),
                                            settings.max_expires_in.count()));
  }
  urls.allow_short_lived = members->Flag("allow_short_lived").value_or(false);
  order->request_payer = members->Flag("request_payer").value_or(false);
  // In this order, so that the same job has the same identity as the command's.
  if (order->request_payer) urls.signed_query.emplace_back("x-amz-request-payer", "requester");
  for (const auto& [name, parameter] : {std::pair{"response_content_disposition", "response-content-disposition"},
                                        std::pair{"response_content_type", "response-content-type"}}) {
    if (const auto value = members->Text(name)) urls.signed_query.emplace_back(parameter, *value);
  }
}

/// Who may ask for one prefix could ask for another's manifest, and have all that it lists.
Status CheckAllowed(const job::JobRequest& request, const FunctionSettings& settings) {
  const auto deny = [](std::string why) { return Fail(ErrorCode::kDenied, std::move(why)); };
  const std::string source = fmt::format("s3://{}/{}", request.bucket.name(), Excerpt(request.prefix));
  if (!settings.allow.Allows(request.bucket, request.prefix)) {
    return deny(fmt::format("{} is not within SIGNPOST_ALLOW{}", source,
                            request.prefix.empty() || request.prefix.ends_with('/')
                                ? ""
                                : "; a prefix that ends in '/' lists that folder alone"));
  }
  const auto& target = std::get<job::S3Target>(request.output);
  const job::S3Target standard = DefaultOutput(request.bucket, settings);
  const S3Uri root{standard.bucket, standard.key};
  if (!IsWithin(root, target.bucket, target.key)) {
    return deny(
        fmt::format("the output s3://{}/{} is not within SIGNPOST_OUTPUT", target.bucket.name(), Excerpt(target.key)));
  }
  if (root.bucket != request.bucket || root.key.empty()) return {};
  if (request.prefix.starts_with(root.key)) return deny(fmt::format("{} holds manifests", source));
  if (root.key.starts_with(request.prefix) && target.key != root.key) {
    return deny(fmt::format("{} holds other manifests than the output's; leave the output to the function", source));
  }
  return {};
}

}  // namespace

job::S3Target DefaultOutput(const Bucket& source, const FunctionSettings& settings) {
  if (settings.output) return {settings.output->bucket, settings.output->key};
  return {source, "manifests/"};
}

Outcome<JobOrder> ReadJob(const json& job, const FunctionSettings& settings) {
  Problems problems;
  Members members(job, &problems);
  const auto bucket_text = members.Text("bucket");
  std::optional<Bucket> bucket;
  if (bucket_text) {
    bucket = problems.TakeOptional("bucket", Bucket::Parse(*bucket_text));
  } else if (!job.contains("bucket")) {
    problems.Add("bucket", "is missing");
  }
  // A stand-in until all problems are known.
  const Bucket source = bucket ? *bucket : *Bucket::Parse("unknown");
  JobOrder order{.request = {.bucket = source, .prefix = "", .output = DefaultOutput(source, settings), .urls = {}},
                 .expected_bucket_owner = std::nullopt};
  job::JobRequest& request = order.request;
  TakeInto(&request.prefix, "prefix", members.Text("prefix"), ParsePrefix, &problems);
  TakeInto(&request.output, "output", members.Text("output"), ParseS3Output, &problems);
  TakeInto(&request.concurrency, "concurrency", members.Whole("concurrency"), job::ParseConcurrency, &problems);
  TakeInto(&request.format, "format", members.Text("format"), manifest::ParseFormat, &problems);
  TakeInto(&request.compression, "compress", members.Text("compress"), manifest::ParseCompression, &problems);
  TakeInto(&request.order, "listing", members.Text("listing"), job::ParseListing, &problems);
  ReadLookahead(&members, settings, &request, &problems);
  ReadUrls(&members, settings, &order, &problems);
  order.expected_bucket_owner = members.Text("expected_bucket_owner");
  if (order.expected_bucket_owner) {
    if (Status valid = s3::CheckBucketOwner(*order.expected_bucket_owner); !valid) {
      problems.Add("expected_bucket_owner", Excerpt(valid.error().message));
    }
  }
  members.RefuseUnknown();
  if (!problems.empty()) return Refuse(kInvalidRequest, problems.text());
  if (Status allowed = CheckAllowed(request, settings); !allowed) return Refuse(kNotAllowed, allowed.error().message);
  Status valid = job::Validate(request);
  if (valid) valid = job::CheckStore(request, settings.idempotency);
  if (!valid) return Refuse(kInvalidRequest, valid.error().message);
  return order;
}

}  // namespace signpost::lambda
