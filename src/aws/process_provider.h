#pragma once

#include <string>
#include <vector>

#include "aws/credentials_provider.h"
#include "base/clock.h"

namespace signpost::aws {

/// `credential_process`: a program that prints credentials as JSON with "Version": 1
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html). It runs without a shell, its
/// standard error goes where ours goes, and it is ended after a minute or when the call is stopped.
class ProcessProvider final : public CredentialsProvider {
 public:
  ProcessProvider(std::string command, std::string profile)
      : command_(std::move(command)), profile_(std::move(profile)) {}

  Result<Credentials> Fetch(const CallContext& context) override;
  bool CanRefresh() const override { return true; }
  std::string Describe() const override { return "credential_process of profile '" + profile_ + "'"; }

 private:
  const std::string command_;
  const std::string profile_;
};

/// Splits a command line as the AWS CLI does, by the rules of Python's shlex.split(): blanks separate, '..' keeps all,
/// ".." keeps all but \" and \\, a backslash elsewhere keeps the next character, nothing is expanded. kInvalidArgument
/// for an open quote, a backslash at the end or an empty line.
Result<std::vector<std::string>> SplitCommandLine(std::string_view line);

}  // namespace signpost::aws
