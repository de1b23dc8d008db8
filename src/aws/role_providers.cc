#include "aws/role_providers.h"

#include "aws/read_file.h"

namespace signpost::aws {

Result<Credentials> AssumeRoleProvider::Fetch(const CallContext& context) {
  auto source = source_.Get(context);
  if (!source) return std::unexpected(std::move(source.error()).Within(Describe()));
  return AssumeRole(world_, context, *source, request_);
}

Result<Credentials> WebIdentityProvider::Fetch(const CallContext& context) {
  auto text = ReadFile(token_file_);
  if (!text) return std::unexpected(std::move(text.error()).Within("the web identity token"));
  const std::size_t end = text->find_last_not_of(" \t\r\n");
  text->resize(end == std::string::npos ? 0 : end + 1);
  if (text->empty()) return Fail(ErrorCode::kUnauthenticated, "the web identity token file is empty");
  return AssumeRoleWithWebIdentity(world_, context, request_, SecretString(std::move(*text)));
}

}  // namespace signpost::aws
