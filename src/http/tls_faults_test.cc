#include <gtest/gtest.h>

#include "http/curl_transport.h"
#include "testing/loopback_server.h"
#include "testing/temporary_folder.h"
#include "testing/test_certificate.h"

namespace signpost::http {
namespace {

using namespace std::chrono_literals;
using testing::LoopbackServer;
using testing::MakeTestCertificate;
using testing::ServerReply;
using testing::ServerRequest;

class TlsFaults : public ::testing::Test {
 protected:
  TlsFaults() { static const CurlGlobal global; }

  std::string Bundle(const std::string& pem) { return folder_.Write("ca.pem", pem); }

  /// One request to a server with `files`, by a client that trusts the certificates in the file `bundle`.
  Status Exchange(const LoopbackServer::TlsFiles& files, const std::string& bundle, ServerReply reply = {}) {
    LoopbackServer server([&](const ServerRequest&) { return reply; }, files);
    CurlTransport transport({.ca_bundle = bundle}, &clock_);
    Request request;
    request.url = server.url();
    Status outcome = transport.Send({}, request, &response_);
    request_count_ = server.request_count();
    return outcome;
  }

  void ExpectRefused(const Status& outcome, const std::string& bundle) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(Name(outcome.error().code), Name(ErrorCode::kInvalidArgument)) << outcome.error().message;
    EXPECT_NE(outcome.error().message.find(bundle), std::string::npos) << outcome.error().message;
    EXPECT_EQ(request_count_, 0);  // Nothing was sent to an unverified peer.
  }

  SystemClock clock_;
  testing::TemporaryFolder folder_;
  Response response_;
  int request_count_ = -1;
};

TEST_F(TlsFaults, AVerifiedPeerAnswersAndTheConnectionIsReused) {
  const auto files = MakeTestCertificate();
  LoopbackServer server(
      [](const ServerRequest&) {
        ServerReply reply;
        reply.body = std::string(300'000, 'x');
        return reply;
      },
      files);
  CurlTransport transport({.ca_bundle = Bundle(files.certificate_pem)}, &clock_);
  Request request;
  request.url = server.url();
  for (int i = 0; i < 3; ++i) {
    const Status outcome = transport.Send({}, request, &response_);
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(response_.body.size(), 300'000u);
  }
  EXPECT_EQ(server.connection_count(), 1);
}

TEST_F(TlsFaults, CertificatesInTheProgramAreTrustedAndNoOthers) {
  const auto files = MakeTestCertificate();
  const std::string trusted = MakeTestCertificate().certificate_pem + files.certificate_pem;
  LoopbackServer server([](const ServerRequest&) { return ServerReply{}; }, files);
  Request request;
  request.url = server.url();
  CurlTransport trusting({.ca_pem = trusted}, &clock_);
  const Status answered = trusting.Send({}, request, &response_);
  EXPECT_TRUE(answered) << answered.error().message;

  const std::string other = MakeTestCertificate().certificate_pem;
  CurlTransport distrusting({.ca_pem = other}, &clock_);
  const Status refused = distrusting.Send({}, request, &response_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("(CA certificates: those in the program)"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(server.request_count(), 1);
}

TEST_F(TlsFaults, N15_AnExpiredCertificateIsRefused) {
  const auto files = MakeTestCertificate("IP:127.0.0.1", -1h);
  const std::string bundle = Bundle(files.certificate_pem);
  ExpectRefused(Exchange(files, bundle), bundle);
}

TEST_F(TlsFaults, N15_ACertificateForAnotherHostIsRefused) {
  const auto files = MakeTestCertificate("DNS:elsewhere.example");
  const std::string bundle = Bundle(files.certificate_pem);
  ExpectRefused(Exchange(files, bundle), bundle);
}

TEST_F(TlsFaults, N15_AnUnknownAuthorityIsRefused) {
  const std::string bundle = Bundle(MakeTestCertificate().certificate_pem);
  ExpectRefused(Exchange(MakeTestCertificate(), bundle), bundle);
}

TEST_F(TlsFaults, N15_AMissingBundleIsNamed) {
  const std::string bundle = folder_ / "missing.pem";
  ExpectRefused(Exchange(MakeTestCertificate(), bundle), bundle);
}

TEST_F(TlsFaults, ATruncationUnderTlsIsUnavailable) {
  const auto files = MakeTestCertificate();
  for (const bool reset : {false, true}) {
    for (const std::size_t cut : {0, 10, 40, 60}) {
      ServerReply reply;
      reply.body = std::string(100, 'x');
      reply.cut_after = cut;
      reply.reset = reset;
      const Status outcome = Exchange(files, Bundle(files.certificate_pem), reply);
      ASSERT_FALSE(outcome);
      EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable) << outcome.error().message;
    }
  }
}

}  // namespace
}  // namespace signpost::http
