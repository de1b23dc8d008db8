// Signs the requests that come on standard input, one JSON object a line, with RequestSigner: {"method", "path",
// "body", "time", "query": [[name, value]], "headers": [[name, value]]}. For each one a line: the JSON object
// of the headers to add. One signer signs them all, as its key of the day is kept.

#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "signpost/request_signer.h"

#include "base/bytes.h"
#include "base/time_format.h"
#include "sigv4/sha256.h"

namespace {

using nlohmann::json;
using Pairs = std::vector<std::pair<std::string, std::string>>;

json SignOne(const signpost::RequestSigner& signer, const json& line) {
  const auto method = line.at("method").get<std::string>();
  const auto path = line.at("path").get<std::string>();
  const std::string payload_hash = signpost::HexEncode(signpost::sigv4::Sha256Of(line.at("body").get<std::string>()));
  const signpost::SignableRequest request{.method = method,
                                          .encoded_path = path,
                                          .query = line.at("query").get<Pairs>(),
                                          .headers = line.at("headers").get<Pairs>(),
                                          .payload_hash = payload_hash};
  json added = json::object();
  for (const auto& [name, value] :
       signer.Sign(request, signpost::ParseBasic(line.at("time").get<std::string>()).value())) {
    added[name] = value;
  }
  return added;
}

}  // namespace

int main(int argc, char** argv) {
  std::string access_key_id, secret_access_key, session_token, region, service;
  CLI::App app("Signs requests for comparison with another signer");
  app.add_option("--access-key", access_key_id)->required();
  app.add_option("--secret-key", secret_access_key)->required();
  app.add_option("--token", session_token);
  app.add_option("--region", region)->required();
  app.add_option("--service", service)->required();
  CLI11_PARSE(app, argc, argv);
  signpost::Credentials credentials;
  credentials.access_key_id = access_key_id;
  credentials.secret_access_key = signpost::SecretString(secret_access_key);
  credentials.session_token = signpost::SecretString(session_token);
  const signpost::RequestSigner signer(credentials, {region}, service);
  for (std::string line; std::getline(std::cin, line);) std::cout << SignOne(signer, json::parse(line)) << "\n";
  return 0;
}
