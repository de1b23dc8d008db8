#include "lambda/sqs_batch.h"

#include <set>

#include <nlohmann/json.hpp>

namespace signpost::lambda {

std::vector<std::string> RunBatch(const SqsBatch& batch, const BatchWorker& worker) {
  std::vector<std::string> failed;
  std::set<std::string_view> reported;
  const auto report = [&](const SqsRecord& record) {
    if (reported.insert(record.message_id).second) failed.push_back(record.message_id);
  };
  bool stopped = false;
  for (const SqsRecord& record : batch.records) {
    stopped = stopped || !worker.may_start();
    if (stopped) {
      report(record);
    } else if (!worker.run(record)) {
      report(record);
      stopped = batch.fifo;
    }
  }
  return failed;
}

std::string ToBatchAnswer(const std::vector<std::string>& failed) {
  nlohmann::json items = nlohmann::json::array();
  for (const std::string& id : failed) items.push_back({{"itemIdentifier", id}});
  return nlohmann::json{{"batchItemFailures", std::move(items)}}.dump(-1, ' ', false,
                                                                      nlohmann::json::error_handler_t::replace);
}

}  // namespace signpost::lambda
