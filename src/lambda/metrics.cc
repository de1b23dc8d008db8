#include "lambda/metrics.h"

#include <nlohmann/json.hpp>

namespace signpost::lambda {

std::string ToEmbeddedMetrics(const JobMetrics& metrics, std::string_view function_name, TimePoint now) {
  struct Value {
    const char* name;
    const char* unit;
    std::uint64_t value;
  };
  const Value values[] = {{"Objects", "Count", metrics.objects},
                          {"Pages", "Count", metrics.pages},
                          {"Retries", "Count", metrics.retries},
                          {"Throttles", "Count", metrics.throttles},
                          {"Bytes", "Bytes", metrics.bytes},
                          {"Duration", "Milliseconds", static_cast<std::uint64_t>(metrics.duration.count())},
                          {"Replayed", "Count", metrics.replayed ? 1U : 0U},
                          {"Resumed", "Count", metrics.resumed ? 1U : 0U},
                          {"Failures", "Count", metrics.failed ? 1U : 0U}};
  nlohmann::ordered_json definitions = nlohmann::ordered_json::array();
  for (const Value& value : values) definitions.push_back({{"Name", value.name}, {"Unit", value.unit}});
  nlohmann::ordered_json directive;
  directive["Namespace"] = "Signpost";
  directive["Dimensions"] = {{"FunctionName"}};
  directive["Metrics"] = std::move(definitions);
  nlohmann::ordered_json line;
  line["_aws"]["Timestamp"] = now.time_since_epoch().count();
  line["_aws"]["CloudWatchMetrics"] = nlohmann::ordered_json::array({std::move(directive)});
  line["FunctionName"] = function_name;
  for (const Value& value : values) line[value.name] = value.value;
  return line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace signpost::lambda
