#include "lambda/event.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::lambda {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json AnyJob() { return {{"bucket", "data"}, {"prefix", "a/"}}; }

json Record(const std::string& id, const std::string& body = AnyJob().dump()) {
  return {{"messageId", id},
          {"receiptHandle", "receipt-" + id},
          {"body", body},
          {"attributes", {{"ApproximateReceiveCount", "1"}}},
          {"eventSource", "aws:sqs"},
          {"eventSourceARN", "arn:aws:sqs:eu-central-1:123456789012:jobs"},
          {"awsRegion", "eu-central-1"}};
}

json SnsNotification(const std::string& message) {
  return {{"Type", "Notification"}, {"MessageId", "m"}, {"TopicArn", "arn:aws:sns:r:a:t"}, {"Message", message}};
}

json BridgeEvent(const json& detail) {
  return {{"version", "0"}, {"id", "i"}, {"detail-type", "Job"}, {"source", "my.app"}, {"detail", detail}};
}

json JobOf(const json& event) {
  const auto decoded = DecodeEvent(event.dump());
  EXPECT_TRUE(decoded) << decoded.error().message;
  if (!decoded || !std::holds_alternative<JobEvent>(*decoded)) return nullptr;
  return std::get<JobEvent>(*decoded).job;
}

std::string EventRefusal(const json& event) {
  const auto decoded = DecodeEvent(event.dump());
  return decoded ? "taken" : decoded.error().message;
}

TEST(DecodeEvent, TakesADirectEventAsItIs) { EXPECT_EQ(JobOf(AnyJob()), AnyJob()); }

TEST(DecodeEvent, OpensWhatSnsAndEventBridgeSend) {
  const json sns = {
      {"Records", {{{"EventSource", "aws:sns"}, {"EventVersion", "1.0"}, {"Sns", SnsNotification(AnyJob().dump())}}}}};
  EXPECT_EQ(JobOf(sns), AnyJob());
  EXPECT_EQ(JobOf(BridgeEvent(AnyJob())), AnyJob());
}

TEST(DecodeEvent, ReadsABatchAndIgnoresWhatItDoesNotKnow) {
  json record = Record("m1");
  record["newMember"] = {{"x", 1}};
  const auto decoded = DecodeEvent(json{{"Records", {record, Record("m2", "text")}}, {"other", 1}}.dump());
  ASSERT_TRUE(decoded) << decoded.error().message;
  const auto& batch = std::get<SqsBatch>(*decoded);
  EXPECT_EQ(batch.queue_arn, "arn:aws:sqs:eu-central-1:123456789012:jobs");
  EXPECT_FALSE(batch.fifo);
  ASSERT_EQ(batch.records.size(), 2U);
  EXPECT_EQ(batch.records[0].message_id, "m1");
  EXPECT_EQ(batch.records[0].receipt_handle, "receipt-m1");
  EXPECT_EQ(batch.records[1].body, "text");
}

TEST(DecodeEvent, KnowsAFifoQueueByItsNameOrItsSequenceNumbersButNotByGroups) {
  json by_name = Record("m1");
  by_name["eventSourceARN"] = "arn:aws:sqs:r:123456789012:jobs.fifo";
  json by_number = Record("m1");
  by_number["attributes"]["SequenceNumber"] = "1";
  json grouped = Record("m1");  // Fair queues have groups without order.
  grouped["attributes"]["MessageGroupId"] = "tenant";
  const auto fifo = [](const json& record) {
    return std::get<SqsBatch>(*DecodeEvent(json{{"Records", {record}}}.dump())).fifo;
  };
  EXPECT_TRUE(fifo(by_name));
  EXPECT_TRUE(fifo(by_number));
  EXPECT_FALSE(fifo(grouped));
}

TEST(DecodeEvent, Q3_AnEmptyBatchIsABatch) {
  const auto decoded = DecodeEvent(R"({"Records":[]})");
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(std::get<SqsBatch>(*decoded).records.empty());
}

TEST(DecodeEvent, Q3_RefusesRecordsThatCannotBeAnsweredFor) {
  EXPECT_THAT(EventRefusal({{"Records", nullptr}}), HasSubstr("Records is null"));
  EXPECT_THAT(EventRefusal({{"Records", {{"a", 1}}}}), HasSubstr("Records is object"));
  EXPECT_THAT(EventRefusal({{"Records", "x"}}), HasSubstr("Records is string"));
  EXPECT_THAT(EventRefusal({{"Records", {Record("m1"), 7}}}), HasSubstr("Records[1] is not from aws:sqs"));
  for (const json& id : {json(nullptr), json(""), json(7)}) {
    json record = Record("m");
    record["messageId"] = id;
    EXPECT_THAT(EventRefusal({{"Records", {Record("m1"), record}}}), HasSubstr("Records[1] has no messageId"));
  }
  json without_id = Record("m");
  without_id.erase("messageId");
  EXPECT_THAT(EventRefusal({{"Records", {without_id}}}), HasSubstr("Records[0] has no messageId"));
  for (const json& body : {json(nullptr), AnyJob(), json(7)}) {
    json record = Record("m");
    record["body"] = body;
    EXPECT_THAT(EventRefusal({{"Records", {record}}}), HasSubstr("Records[0] has no body"));
  }
}

TEST(DecodeEvent, RefusesRecordsOfOtherServices) {
  const json s3 = {{"Records", {{{"eventSource", "aws:s3"}, {"s3", json::object()}}}}};
  EXPECT_THAT(EventRefusal(s3), HasSubstr("aws:s3"));
  json mixed = Record("m1");
  mixed["eventSource"] = "aws:kinesis";
  EXPECT_THAT(EventRefusal({{"Records", {Record("m0"), mixed}}}), HasSubstr("Records[1] is not from aws:sqs"));
}

TEST(DecodeEvent, RefusesWhatIsNoObject) {
  for (const json& event : {json(nullptr), json(7), json("text"), json::array({AnyJob()})}) {
    EXPECT_THAT(EventRefusal(event), HasSubstr("not an object")) << event;
  }
}

TEST(OpenMessage, Q6_OpensTheEnvelopesThatAQueueMayHold) {
  for (const json& body : {AnyJob(), SnsNotification(AnyJob().dump()), BridgeEvent(AnyJob()),
                           SnsNotification(BridgeEvent(AnyJob()).dump())}) {
    const auto opened = OpenMessage(body.dump());
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(*opened, AnyJob());
  }
}

TEST(OpenMessage, Q6_SaysWhatAMessageIsInsteadOfAJob) {
  const auto refusal = [](const json& body) {
    const auto opened = OpenMessage(body.dump());
    return opened ? "taken" : opened.error().message;
  };
  const json test = {{"Service", "Amazon S3"}, {"Event", "s3:TestEvent"}, {"Bucket", "data"}, {"RequestId", "r"}};
  EXPECT_THAT(refusal(test), HasSubstr("S3's test notification"));
  json confirmation = SnsNotification("confirm");
  confirmation["Type"] = "SubscriptionConfirmation";
  EXPECT_THAT(refusal(confirmation), HasSubstr("SNS's SubscriptionConfirmation"));
  EXPECT_THAT(refusal(SnsNotification("plain words")), HasSubstr("Message: not JSON"));
  EXPECT_THAT(refusal(BridgeEvent("text")), HasSubstr("the job is string"));
  json nested = AnyJob();
  for (int i = 0; i < 8; ++i) nested = SnsNotification(nested.dump());
  EXPECT_THAT(refusal(nested), HasSubstr("too many envelopes"));
}

TEST(OpenMessage, Q2_RefusesTextThatIsNotJson) {
  EXPECT_THAT(OpenMessage("bucket=data").error().message, HasSubstr("not JSON"));
  EXPECT_THAT(OpenMessage("").error().message, HasSubstr("not JSON"));
}

}  // namespace
}  // namespace signpost::lambda
