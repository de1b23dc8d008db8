#include "lambda/observed.h"

namespace signpost::lambda {

Status ObservedTransport::Send(const CallContext& context, const http::Request& request, http::Response* response) {
  const auto send = [&]() -> Status {
    if (trace_id_.empty()) return transport_->Send(context, request, response);
    http::Request traced = request;
    traced.headers.Add("X-Amzn-Trace-Id", trace_id_);
    return transport_->Send(context, traced, response);
  };
  Status sent = send();
  if (sent && (response->status == 429 || response->status == 503)) ++counts_->throttles;
  return sent;
}

}  // namespace signpost::lambda
