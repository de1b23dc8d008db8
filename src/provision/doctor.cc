#include "provision/doctor.h"

#include <fmt/format.h>

#include "lambda/settings.h"

namespace signpost::provision {
namespace {

/// The function's variables, as the function itself would read them here.
class Variables {
 public:
  explicit Variables(const DoctorOrder& order) : settings_(lambda::ReadSettings(order.environment)) {}

  std::vector<Finding> Check(const std::optional<S3Uri>& source, const std::optional<S3Uri>& output) const {
    if (!settings_) return {Bad("variables", settings_.error().message, "the function would not start; change them")};
    std::vector<Finding> findings;
    if (settings_->allow.empty()) {
      findings.push_back(Warn("allow-list", "SIGNPOST_ALLOW is not set here",
                              "the function refuses every job without it (the command does not need it)"));
    } else if (source && !settings_->allow.Allows(source->bucket, source->key)) {
      findings.push_back(
          Bad("allow-list", fmt::format("SIGNPOST_ALLOW does not allow s3://{}/{}", source->bucket.name(), source->key),
              "the function would answer Function.NotAllowed; add the prefix, with '/' at its end"));
    } else {
      findings.push_back(Ok("allow-list", source ? "SIGNPOST_ALLOW allows the prefix" : "SIGNPOST_ALLOW can be read"));
    }
    if (output && settings_->output && !lambda::IsWithin(*settings_->output, output->bucket, output->key)) {
      findings.push_back(Bad("allow-list", "the output lies outside SIGNPOST_OUTPUT",
                             "the function would answer Function.NotAllowed; change either"));
    }
    return findings;
  }

  std::optional<S3Uri> output() const { return settings_ ? settings_->output : std::nullopt; }
  idempotency::StoreAddress store() const { return settings_ ? settings_->idempotency : idempotency::StoreAddress{}; }

 private:
  const Result<lambda::FunctionSettings> settings_;
};

void Append(std::vector<Finding> more, std::vector<Finding>* findings) {
  for (Finding& finding : more) findings->push_back(std::move(finding));
}

std::optional<S3Uri> OutputOf(const DoctorOrder& order, const Variables& variables) {
  if (order.output) return order.output;
  if (auto output = variables.output()) return output;
  if (order.source) return S3Uri{.bucket = order.source->bucket, .key = "manifests/"};
  return std::nullopt;
}

}  // namespace

std::vector<Finding> ExamineWithoutCredentials(const DoctorOrder& order, const Error& why) {
  std::vector<Finding> findings = Variables(order).Check(order.source, order.output);
  findings.push_back(NoCredentials(why));
  return findings;
}

std::vector<Finding> Examine(const DoctorOrder& order, const DoctorWorld& world, const CallContext& context) {
  const Variables variables(order);
  const auto output = OutputOf(order, variables);
  std::vector<Finding> findings = variables.Check(order.source, order.output);
  findings.push_back(CheckCredentials(world, context));
  if (findings.back().verdict == Verdict::kFail) return findings;
  if (order.source) Append(CheckSource(world, context, *order.source), &findings);
  if (output) Append(CheckOutput(world, context, *output), &findings);
  if (output) findings.push_back(CheckClock(world));
  if (order.source) findings.push_back(CheckRegion(world, order.source->bucket));
  if (output && (!order.source || order.source->bucket != output->bucket)) {
    findings.push_back(CheckRegion(world, output->bucket));
  }
  Append(CheckStore(world, context, order.store.value_or(variables.store())), &findings);
  if (order.queue_url) {
    Append(CheckQueue(*order.queue_service, context, *order.queue_url, order.function_timeout), &findings);
  }
  return findings;
}

}  // namespace signpost::provision
