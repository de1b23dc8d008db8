#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "aws/static_provider.h"
#include "http/curl_transport.h"
#include "s3/client.h"
#include "testing/counting_provider.h"
#include "testing/fake_time.h"
#include "testing/loopback_server.h"
#include "testing/scripted_transport.h"

namespace signpost::s3 {

/// A client without waiting, on 2026-01-01, towards a transport of the test's choice.
class ClientWorld {
 public:
  explicit ClientWorld(http::Transport* transport, ClientOptions options = {.region = {"us-east-1"}},
                       std::unique_ptr<aws::CredentialsProvider> provider = std::make_unique<aws::StaticProvider>(
                           Credentials{"KEY", SecretString("secret"), {}, std::nullopt}, "the test"))
      : credentials_(std::move(provider), &clock_),
        client_(std::move(options), transport, &credentials_, &retrier_, &skewed_) {}

  Client& client() { return client_; }
  aws::SkewedClock& skewed() { return skewed_; }

 private:
  testing::FakeClock clock_;
  testing::FakeSleeper sleeper_{&clock_};
  testing::SeededRandom random_{1};
  http::RetryBudget budget_;
  http::Retrier retrier_{{}, &budget_, &clock_, &sleeper_, &random_};
  aws::SkewedClock skewed_{&clock_};
  aws::CredentialsCache credentials_;
  Client client_;
};

/// A client on curl against a server with scripted faults.
class ServerWorld {
 public:
  explicit ServerWorld(testing::LoopbackServer::Handler handler,
                       std::unique_ptr<aws::CredentialsProvider> provider = std::make_unique<aws::StaticProvider>(
                           Credentials{"KEY", SecretString("secret"), {}, std::nullopt}, "the test"))
      : server_(std::move(handler)),
        transport_({}, &clock_),
        world_(&transport_, {.region = {"us-east-1"}, .endpoint = {.endpoint_url = server_.url()}},
               std::move(provider)) {}

  Client& client() { return world_.client(); }
  aws::SkewedClock& skewed() { return world_.skewed(); }
  testing::LoopbackServer& server() { return server_; }

 private:
  struct Global {
    Global() { static const http::CurlGlobal global; }
  };

  Global global_;
  SystemClock clock_;
  testing::LoopbackServer server_;
  http::CurlTransport transport_;
  ClientWorld world_;
};

inline Bucket TestBucket() { return *Bucket::Parse("bucket"); }

inline testing::ServerReply Answer(std::string body, int status = 200,
                                   std::vector<std::pair<std::string, std::string>> headers = {}) {
  testing::ServerReply reply;
  reply.status = status;
  reply.headers = std::move(headers);
  reply.body = std::move(body);
  return reply;
}

inline std::string ErrorBody(std::string_view code) {
  return fmt::format("<?xml version=\"1.0\"?><Error><Code>{}</Code><Message>said</Message></Error>", code);
}

inline testing::ServerReply ErrorAnswer(int status, std::string_view code,
                                        std::vector<std::pair<std::string, std::string>> headers = {}) {
  headers.emplace_back("x-amz-request-id", "REQUEST1");
  return Answer(ErrorBody(code), status, std::move(headers));
}

/// The outcome is the error with this code.
template <typename T>
void ExpectError(const Result<T>& outcome, ErrorCode code, std::string_view service_code = "") {
  ASSERT_FALSE(outcome);
  EXPECT_EQ(Name(outcome.error().code), Name(code)) << outcome.error().ToString();
  EXPECT_EQ(outcome.error().service_code, service_code) << outcome.error().ToString();
}

}  // namespace signpost::s3
