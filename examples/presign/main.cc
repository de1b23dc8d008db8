// Presigns the object of AWS's documentation:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
#include <chrono>
#include <iostream>

#include "signpost/presigner.h"

int main() {
  const signpost::Credentials credentials{
      .access_key_id = "AKIAIOSFODNN7EXAMPLE",
      .secret_access_key = signpost::SecretString("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
      .session_token = {},
      .expires_at = {}};
  const signpost::ObjectEndpoint endpoint{.scheme = "https", .host = "examplebucket.s3.amazonaws.com", .base_path = ""};
  const signpost::SigningScope scope{.region = {"us-east-1"},
                                     .time = std::chrono::sys_days(std::chrono::year(2013) / 5 / 24),
                                     .expires_in = std::chrono::hours(24)};
  const auto presigner = signpost::Presigner::Create(credentials, endpoint, scope);
  if (!presigner) {
    std::cerr << presigner.error().ToString() << '\n';
    return 1;
  }
  std::cout << presigner->GetUrl("test.txt") << '\n';
  return 0;
}
