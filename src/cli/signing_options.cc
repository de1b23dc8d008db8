#include "cli/signing_options.h"

#include "base/time_format.h"

namespace signpost::cli {

void SigningOptions::Define(CLI::App* app) {
  constexpr char kGroup[] = "URLs";
  app->add_option("--expires-in", expires_in, "Life of each URL, 1 s to 7 d: 900, 900s, 15m, 12h, 7d")
      ->type_name("DURATION")
      ->capture_default_str()
      ->group(kGroup);
  app->add_option("--response-content-disposition", response_content_disposition,
                  "Content-Disposition that S3 answers with")
      ->type_name("VALUE")
      ->group(kGroup);
  app->add_option("--response-content-type", response_content_type, "Content-Type that S3 answers with")
      ->type_name("VALUE")
      ->group(kGroup);
  app->add_option("--signing-time", signing_time,
                  "Sign as of this time (20260101T000000Z), for reproducible output; else now, by the server's clock")
      ->type_name("TIME")
      ->group(kGroup);
  app->add_flag("--allow-short-lived", allow_short_lived, "Go on although the credentials end before the URLs should")
      ->group(kGroup);
}

job::UrlOptions SigningOptions::Read(bool request_payer, Problems* problems) const {
  job::UrlOptions urls;
  urls.expires_in = problems->Take("--expires-in", job::ParseExpiresIn(expires_in));
  if (signing_time) urls.signing_time = problems->TakeOptional("--signing-time", ParseBasic(*signing_time));
  urls.allow_short_lived = allow_short_lived;
  if (request_payer) urls.signed_query.emplace_back("x-amz-request-payer", "requester");
  if (response_content_disposition) {
    urls.signed_query.emplace_back("response-content-disposition", *response_content_disposition);
  }
  if (response_content_type) urls.signed_query.emplace_back("response-content-type", *response_content_type);
  return urls;
}

}  // namespace signpost::cli
