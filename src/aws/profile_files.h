#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "signpost/error.h"

namespace signpost::aws {

/// The settings of one section. Names are lower case; a nested setting (`s3 =` with indented lines below) is named
/// "s3.addressing_style".
using Section = std::map<std::string, std::string, std::less<>>;

/// What the AWS CLI's two files hold (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
class ProfileFiles {
 public:
  /// Reads both files; one that does not exist is empty. kInvalidArgument, naming file and line, for a malformed one.
  static Result<ProfileFiles> Load(const std::string& config_path, const std::string& credentials_path);

  /// Adds the text of a file, `credentials` or config; `path` is for messages. Sections of one name are merged.
  Status Parse(std::string_view text, bool credentials, std::string_view path);

  /// The profile of that name, the credentials file's settings first; null when neither file has it.
  const Section* Profile(std::string_view name) const { return Find(profiles_, name); }
  const Section* SsoSession(std::string_view name) const { return Find(sso_sessions_, name); }
  const Section* Services(std::string_view name) const { return Find(services_, name); }

 private:
  using Sections = std::map<std::string, Section, std::less<>>;
  static const Section* Find(const Sections& sections, std::string_view name);
  /// The section that a header names; null for kinds that nobody here asks for.
  Section* Open(std::string_view header, bool credentials);

  Sections profiles_;
  Sections sso_sessions_;
  Sections services_;
};

/// The value of `name` in `section`; an empty one counts as unset.
std::optional<std::string> Get(const Section& section, std::string_view name);

}  // namespace signpost::aws
