#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "http/curl_transport.h"
#include "local/function_host.h"
#include "local/invoke_api.h"
#include "testing/fake_time.h"

namespace signpost::local {

/// A runtime in a few lines: obeys the "do" of each event and echoes the others.
inline constexpr char kFunction[] = R"(
import http.client, json, os, signal, sys, threading
api = os.environ["AWS_LAMBDA_RUNTIME_API"]
def call(method, path, body=None, headers={}):
    try:
        line = http.client.HTTPConnection(api)
        line.request(method, path, body, headers)
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, {}, b""
start = os.environ.get("START")
if start == "exit": sys.exit(3)
if start == "error":
    call("POST", "/2018-06-01/runtime/init/error", '{"errorType":"Runtime.InitError","errorMessage":"no"}')
    sys.exit(1)
if start == "extension":
    headers = call("POST", "/2020-01-01/extension/register", '{"events":[]}', {"Lambda-Extension-Name": "stop"})[1]
    wait = {"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}
    threading.Thread(target=call, args=("GET", "/2020-01-01/extension/event/next", None, wait), daemon=True).start()
    def stop(*_):
        os.write(1, b"stopped in time\n")  # print() may be under way.
        os._exit(0)
    signal.signal(signal.SIGTERM, stop)
count = 0
while True:
    status, headers, body = call("GET", "/2018-06-01/runtime/invocation/next")
    if status != 200: sys.exit(9)
    count += 1
    event = json.loads(body)
    do = event.get("do") if isinstance(event, dict) else None
    here = "/2018-06-01/runtime/invocation/" + headers["Lambda-Runtime-Aws-Request-Id"]
    if do == "exit": sys.exit(7)
    if do == "hang": threading.Event().wait()
    if do == "print": print(event["text"], flush=True)
    if do == "fail":
        call("POST", here + "/error", '{"errorType":"Function.Bad","errorMessage":"bad"}')
        continue
    if do == "big":
        call("POST", here + "/response", "x" * event["size"])
        continue
    answer = {"event": event, "count": count, "deadline": headers["Lambda-Runtime-Deadline-Ms"],
              "trace": headers["Lambda-Runtime-Trace-Id"], "arn": headers["Lambda-Runtime-Invoked-Function-Arn"]}
    status = call("POST", here + "/response", json.dumps(answer))[0]
    print("answered", status, flush=True)
    if status != 202: sys.exit(4)
)";

/// The host of that function, with short time limits.
class FunctionFixture {
 public:
  explicit FunctionFixture(std::string start = {}, std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    options_.process.command = {"/usr/bin/python3", "-c", kFunction};
    if (!start.empty()) options_.process.environment["START"] = std::move(start);
    options_.process.environment["PATH"] = "/usr/bin:/bin";
    options_.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:function";
    options_.timeout = timeout;
    options_.log = [this](std::string_view text) { log_ += text; };
  }

  FunctionHost::Options& options() { return options_; }
  FunctionHost& host() {
    if (!host_) host_.emplace(options_, &clock_, &random_);
    return *host_;
  }
  /// Ends the function and returns all that was logged.
  const std::string& EndAndReadLog() {
    host_.reset();
    return log_;
  }
  InvokeResult Invoke(const std::string& event) {
    auto result = host().Invoke({.payload = event});
    return result ? *result : InvokeResult{.payload = result.error().ToString(), .function_error = true};
  }
  nlohmann::json Answer(const std::string& event) { return nlohmann::json::parse(Invoke(event).payload); }

 private:
  const SystemClock clock_;
  testing::SeededRandom random_{1};
  std::string log_;
  FunctionHost::Options options_;
  std::optional<FunctionHost> host_;
};

}  // namespace signpost::local
