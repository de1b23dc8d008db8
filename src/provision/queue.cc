#include "provision/queue.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "aws/json_text.h"
#include "provision/services.h"

namespace signpost::provision {
namespace {

using aws::TextOf;
using nlohmann::json;
using std::chrono::seconds;

constexpr std::string_view kFifo = ".fifo";
constexpr seconds kLongestRetention{1'209'600};
constexpr seconds kUsualRetention{345'600};
constexpr int kQueueReadBacks = 60;
constexpr std::chrono::milliseconds kBetweenQueueReadBacks{1'000};

int Number(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// {"deadLetterTargetArn":"arn:...","maxReceiveCount":5}; the count may be a text.
void ReadRedrive(const std::string& policy, QueueFacts* facts) {
  const json read = json::parse(policy, nullptr, /*allow_exceptions=*/false);
  facts->dead_letter_arn = TextOf(read, "deadLetterTargetArn");
  if (!read.is_object() || !read.contains("maxReceiveCount")) return;
  const json& count = read["maxReceiveCount"];
  facts->max_receive_count = count.is_number_integer() ? count.get<int>() : Number(TextOf(read, "maxReceiveCount"));
}

std::string NameIn(const std::string& arn) { return arn.substr(arn.rfind(':') + 1); }

std::string RedrivePolicy(const std::string& arn) {
  return json{{"deadLetterTargetArn", arn}, {"maxReceiveCount", kMaxReceiveCount}}.dump();
}

class Planner {
 public:
  Planner(const QueueGoal& goal, std::optional<QueueFacts> queue, std::optional<QueueFacts> dead_letter)
      : queue_(std::move(queue)), dead_letter_(std::move(dead_letter)) {
    plan_.goal = goal;
    Start(&plan_.queue, goal.name, queue_);
    Start(&plan_.dead_letter, goal.dead_letter_name(), dead_letter_);
  }

  Result<QueuePlan> Plan() {
    const std::string& other = queue_ ? queue_->dead_letter_arn : std::string();
    if (!other.empty() && NameIn(other) != plan_.dead_letter.name) {
      return Fail(ErrorCode::kConflict, fmt::format("the queue '{}' has the dead-letter queue {}; it is left as it is",
                                                    plan_.queue.name, other));
    }
    const seconds kept = queue_ ? queue_->retention : kUsualRetention;
    if (kept >= kLongestRetention) {
      return Fail(
          ErrorCode::kConflict,
          fmt::format("the queue '{}' keeps messages for 14 days, so a dead-letter queue cannot keep them longer; "
                      "lower MessageRetentionPeriod first",
                      plan_.queue.name));
    }
    if (!dead_letter_ || dead_letter_->retention <= kept) {
      Set(&plan_.dead_letter, "MessageRetentionPeriod", kLongestRetention, dead_letter_, &QueueFacts::retention);
    }
    const seconds hidden = plan_.goal.function_timeout * kTimeoutsHidden;
    if (!queue_ || queue_->visibility < hidden) {
      Set(&plan_.queue, "VisibilityTimeout", hidden, queue_, &QueueFacts::visibility);
    }
    if (!queue_ || other.empty() || queue_->max_receive_count < kMaxReceiveCount) {
      plan_.queue.redrive = true;
      plan_.changes.push_back(fmt::format("+ queue '{}': to '{}' after {} receives", plan_.queue.name,
                                          plan_.dead_letter.name, kMaxReceiveCount));
    }
    return std::move(plan_);
  }

 private:
  void Start(QueueChange* change, std::string name, const std::optional<QueueFacts>& facts) {
    change->name = std::move(name);
    if (facts) {
      change->url = facts->url;
      return;
    }
    plan_.changes.push_back(fmt::format("+ queue '{}'", change->name));
    if (change->name.ends_with(kFifo)) change->attributes["FifoQueue"] = "true";
  }

  void Set(QueueChange* change, const char* attribute, seconds value, const std::optional<QueueFacts>& facts,
           seconds QueueFacts::* now) {
    change->attributes[attribute] = fmt::to_string(value.count());
    if (facts)
      plan_.changes.push_back(fmt::format("- queue '{}': {} {} s", change->name, attribute, ((*facts).*now).count()));
    plan_.changes.push_back(fmt::format("+ queue '{}': {} {} s", change->name, attribute, value.count()));
  }

  const std::optional<QueueFacts> queue_;
  const std::optional<QueueFacts> dead_letter_;
  QueuePlan plan_;
};

/// Creates or changes one queue; returns its URL.
Result<std::string> Apply(const aws::JsonService& service, const CallContext& context, const QueueChange& change) {
  if (change.url && change.attributes.empty()) return *change.url;
  if (change.url) {
    auto set = Call(service, context, fmt::format("changing the queue '{}'", change.name), "SetQueueAttributes",
                    {{"QueueUrl", *change.url}, {"Attributes", change.attributes}});
    if (!set) return Forward(set);
    return *change.url;
  }
  json asked{{"QueueName", change.name}};
  if (!change.attributes.empty()) asked["Attributes"] = change.attributes;
  auto created = Call(service, context, fmt::format("creating the queue '{}'", change.name), "CreateQueue", asked);
  if (!created) return Forward(created);
  return TextOf(*created, "QueueUrl");
}

}  // namespace

Result<QueueFacts> DescribeQueue(const aws::JsonService& service, const CallContext& context, const std::string& url) {
  const json asked{{"QueueUrl", url},
                   {"AttributeNames", {"QueueArn", "VisibilityTimeout", "MessageRetentionPeriod", "RedrivePolicy"}}};
  auto answer = Call(service, context, fmt::format("asking about the queue {}", url), "GetQueueAttributes", asked);
  if (!answer) return Forward(answer);
  const json attributes = answer->contains("Attributes") ? (*answer)["Attributes"] : json();
  QueueFacts facts{.url = url, .arn = TextOf(attributes, "QueueArn")};
  if (facts.arn.empty()) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("asking about the queue {}: the answer does not tell its ARN", url));
  }
  facts.visibility = seconds(Number(TextOf(attributes, "VisibilityTimeout")));
  facts.retention = seconds(Number(TextOf(attributes, "MessageRetentionPeriod")));
  ReadRedrive(TextOf(attributes, "RedrivePolicy"), &facts);
  return facts;
}

Result<std::optional<QueueFacts>> FindQueue(const aws::JsonService& service, const CallContext& context,
                                            const std::string& name) {
  auto found =
      Call(service, context, fmt::format("asking for the queue '{}'", name), "GetQueueUrl", {{"QueueName", name}});
  if (!found && found.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!found) return Forward(found);
  auto facts = DescribeQueue(service, context, TextOf(*found, "QueueUrl"));
  if (!facts) return Forward(facts);
  return *facts;
}

std::string QueueGoal::dead_letter_name() const {
  if (!name.ends_with(kFifo)) return name + "-dlq";
  return fmt::format("{}-dlq{}", std::string_view(name).substr(0, name.size() - kFifo.size()), kFifo);
}

Status CheckGoal(const QueueGoal& goal) {
  constexpr std::size_t kLongest = 80;
  std::string_view stem = goal.name;
  if (stem.ends_with(kFifo)) stem.remove_suffix(kFifo.size());
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (!stem.empty() && goal.dead_letter_name().size() <= kLongest && std::ranges::all_of(stem, allowed)) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is not the name of a queue (1 to 76 of a-z A-Z 0-9 _ -, for a FIFO queue with .fifo)",
                          goal.name));
}

Result<QueuePlan> PlanQueue(const aws::JsonService& service, const CallContext& context, const QueueGoal& goal) {
  if (Status valid = CheckGoal(goal); !valid) return Forward(valid);
  auto queue = FindQueue(service, context, goal.name);
  if (!queue) return Forward(queue);
  auto dead_letter = FindQueue(service, context, goal.dead_letter_name());
  if (!dead_letter) return Forward(dead_letter);
  return Planner(goal, std::move(*queue), std::move(*dead_letter)).Plan();
}

Status ApplyQueue(const aws::JsonService& service, const CallContext& context, Sleeper& sleeper,
                  const QueuePlan& plan) {
  auto dead_letter_url = Apply(service, context, plan.dead_letter);
  if (!dead_letter_url) return Forward(dead_letter_url);
  QueueChange queue = plan.queue;
  if (queue.redrive) {
    auto dead_letter = DescribeQueue(service, context, *dead_letter_url);
    if (!dead_letter) return Forward(dead_letter);
    queue.attributes["RedrivePolicy"] = RedrivePolicy(dead_letter->arn);
  }
  auto url = Apply(service, context, queue);
  if (!url) return Forward(url);
  for (int read = 0; read < kQueueReadBacks; ++read) {
    auto now = PlanQueue(service, context, plan.goal);
    if (!now) return Forward(now);
    if (now->changes.empty()) return {};
    sleeper.SleepFor(kBetweenQueueReadBacks, context.stop);
    if (context.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "cancelled; the queues are made");
  }
  return Fail(ErrorCode::kUnavailable,
              fmt::format("the queue '{}' was changed, but that does not show yet", plan.goal.name));
}

}  // namespace signpost::provision
