#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "aws/chain_fixture_test.h"
#include "http/curl_transport.h"
#include "testing/loopback_server.h"

namespace signpost::aws {

/// A chain of providers that asks a server on loopback by curl.
class ProviderTest : public ChainTest {
 protected:
  ProviderTest() { static const http::CurlGlobal global; }

  /// From now on the network is this server alone.
  void Serve(testing::LoopbackServer::Handler handler) {
    server_ = std::make_unique<testing::LoopbackServer>(std::move(handler));
    for (const std::string service : {"STS", "SSO", "SSO_OIDC"}) Set("AWS_ENDPOINT_URL_" + service, server_->url());
  }

  /// Answers the n-th request with the n-th of `replies`, and the last one from then on.
  void Serve(std::vector<testing::ServerReply> replies) {
    Serve([replies = std::move(replies)](const testing::ServerRequest& request) {
      return replies[std::min<std::size_t>(request.number, replies.size() - 1)];
    });
  }

  static testing::ServerReply Reply(std::string body, int status = 200) {
    testing::ServerReply reply;
    reply.status = status;
    reply.body = std::move(body);
    return reply;
  }

  http::Transport* transport() override { return &transport_; }

  ProviderContext World(const Clock* clock) override {
    ProviderContext world = ChainTest::World(clock);
    world.container_host = world.imds_host = server_->url();
    return world;
  }

  SystemClock system_clock_;
  http::CurlTransport transport_{{}, &system_clock_};
  std::unique_ptr<testing::LoopbackServer> server_;
};

}  // namespace signpost::aws
