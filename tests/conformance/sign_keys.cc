// Presigns the keys that come NUL-terminated on standard input. For each key, NUL-terminated too: the canonical
// request, the string to sign and the URL, as Presigner makes them.

#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "signpost/presigner.h"

#include "base/time_format.h"
#include "sigv4/presign_plan.h"

namespace {

struct Options {
  std::string access_key_id, secret_access_key, session_token, region, time;
  signpost::ObjectEndpoint endpoint;
  int expires_in = 0;
  std::vector<std::string> query;  // name, value, name, value...
};

void Put(const std::string& text) { std::fwrite(text.c_str(), 1, text.size() + 1, stdout); }

signpost::Status SignAll(const Options& options, const std::string& keys) {
  signpost::Credentials credentials;
  credentials.access_key_id = options.access_key_id;
  credentials.secret_access_key = signpost::SecretString(options.secret_access_key);
  credentials.session_token = signpost::SecretString(options.session_token);
  auto time = signpost::ParseBasic(options.time);
  if (!time) return signpost::Forward(time);
  const signpost::SigningScope scope{
      .region = {options.region}, .time = *time, .expires_in = std::chrono::seconds(options.expires_in)};
  signpost::SignedQuery query;
  for (std::size_t i = 0; i + 1 < options.query.size(); i += 2) {
    query.emplace_back(options.query[i], options.query[i + 1]);
  }
  auto plan = signpost::sigv4::PlanPresign(credentials, options.endpoint, scope, query);
  if (!plan) return signpost::Forward(plan);
  auto presigner = signpost::Presigner::Create(credentials, options.endpoint, scope, query);
  if (!presigner) return signpost::Forward(presigner);
  for (std::size_t at = 0; at < keys.size();) {
    const std::string key = keys.c_str() + at;
    at += key.size() + 1;
    Put(plan->CanonicalRequest(key));
    Put(plan->StringToSign(key));
    Put(presigner->GetUrl(key));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Presigns keys for comparison with another signer");
  app.add_option("--access-key", options.access_key_id)->required();
  app.add_option("--secret-key", options.secret_access_key)->required();
  app.add_option("--token", options.session_token);
  app.add_option("--region", options.region)->required();
  app.add_option("--host", options.endpoint.host)->required();
  app.add_option("--base-path", options.endpoint.base_path);
  app.add_option("--time", options.time, "20260101T000000Z")->required();
  app.add_option("--expires-in", options.expires_in, "seconds")->required();
  app.add_option("--query", options.query, "a name and a value to sign")->type_size(2)->expected(0, -1);
  CLI11_PARSE(app, argc, argv);
  const std::string keys{std::istreambuf_iterator<char>(std::cin), {}};
  if (const auto done = SignAll(options, keys); !done) {
    std::cerr << done.error().message << "\n";
    return 1;
  }
  return 0;
}
