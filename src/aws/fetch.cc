#include "aws/fetch.h"

#include "aws/service_error.h"

namespace signpost::aws {

Result<std::string> FetchBody(const ProviderContext& world, const CallContext& context, const http::Request& request,
                              std::string_view what) {
  return world.retrier->Run(context, [&]() -> Result<std::string> {
    http::Response response;
    Status sent = world.transport->Send(context, request, &response);
    if (!sent) return std::unexpected(std::move(sent.error()).Within(what));
    if (response.status >= 300) return std::unexpected(ServiceError(what, response));
    return std::move(response.body);
  });
}

}  // namespace signpost::aws
