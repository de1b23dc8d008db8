#include "lambda/signer_role.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/default_chain.h"
#include "aws/role_providers.h"

namespace signpost::lambda {
namespace {

using std::chrono::seconds;

constexpr seconds kMargin{60};  // Until the URLs are signed.
constexpr seconds kShortest{900};
constexpr seconds kLongestChained{3'600};
constexpr seconds kLongestSession{43'200};
constexpr char kSessionName[] = "signpost-signer";

}  // namespace

Result<std::unique_ptr<aws::CredentialsCache>> AssumeSignerRole(s3::Connection* connection, const CallContext& context,
                                                                const std::string& role_arn,
                                                                const job::UrlOptions& urls) {
  auto own = connection->credentials().Get(context);
  if (!own) return Forward(own);
  const bool chained = !own->session_token.empty();
  const seconds longest = chained ? kLongestChained : kLongestSession;
  seconds duration = std::max(urls.expires_in + kMargin, kShortest);
  if (duration > longest && !urls.allow_short_lived) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("expires_in: {} s is over the {} s that URLs of SIGNPOST_SIGNER_ROLE_ARN can live: a "
                            "session of {} role ends after {} s",
                            urls.expires_in.count(), (longest - kMargin).count(), chained ? "a chained" : "the",
                            longest.count()));
  }
  duration = std::min(duration, longest);
  const aws::ProviderContext world = connection->provider_context();
  auto source = aws::MakeDefaultChain(world);
  if (!source) return Forward(source);
  aws::AssumeRoleRequest request{
      .role_arn = role_arn, .session_name = kSessionName, .external_id = std::nullopt, .duration = duration};
  return std::make_unique<aws::CredentialsCache>(
      std::make_unique<aws::AssumeRoleProvider>(world, std::move(*source), std::move(request)), &connection->clock());
}

}  // namespace signpost::lambda
