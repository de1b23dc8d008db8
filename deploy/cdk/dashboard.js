"use strict";

const WIDTH = 12;
const HEIGHT = 6;

/** The dashboard's JSON: two columns of graphs. */
function dashboardBody(region, functionName, queueName, deadLetterQueueName) {
  const ofFunction = (...names) => names.map((name) => ["AWS/Lambda", name, "FunctionName", functionName]);
  const ofSignpost = (...names) => names.map((name) => ["Signpost", name, "FunctionName", functionName]);
  const ofQueue = (queue, ...names) => names.map((name) => ["AWS/SQS", name, "QueueName", queue]);
  const graphs = [
    ["Invocations", "Sum", ofFunction("Invocations", "Errors", "Throttles")],
    ["Longest job, ms", "Maximum", ofFunction("Duration")],
    [
      "Waiting and dead jobs",
      "Maximum",
      [
        ...ofQueue(queueName, "ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"),
        ...ofQueue(deadLetterQueueName, "ApproximateNumberOfMessagesVisible"),
      ],
    ],
    ["Oldest waiting job, s", "Maximum", ofQueue(queueName, "ApproximateAgeOfOldestMessage")],
    ["Objects in manifests", "Sum", ofSignpost("Objects")],
    ["Jobs", "Sum", ofSignpost("Failures", "Replayed", "Retries", "Throttles")],
  ];
  const widgets = graphs.map(([title, stat, metrics], number) => ({
    type: "metric",
    x: (number % 2) * WIDTH,
    y: Math.floor(number / 2) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    properties: { title, region, stat, period: 300, metrics },
  }));
  return JSON.stringify({ widgets });
}

module.exports = { dashboardBody };
