#!/usr/bin/env node
"use strict";

const path = require("node:path");
const { App } = require("aws-cdk-lib");
const { SignpostStack } = require("./signpost_stack");

// The properties of the stack come from the context: cdk deploy -c sourceBucket=photos -c sourcePrefix=2026/
const TEXTS = ["code", "sourceBucket", "sourcePrefix", "sourceKeyArn", "senderArn", "alarmTopicArn", "logLevel"];
const NUMBERS = ["maxExpiresIn", "maximumConcurrency", "logRetentionDays"];

const app = new App({ analyticsReporting: false });
const properties = { code: path.join(__dirname, "../../dist/signpost-lambda-arm64.zip") };
for (const name of [...TEXTS, ...NUMBERS]) {
  const value = app.node.tryGetContext(name);
  if (value !== undefined) properties[name] = NUMBERS.includes(name) ? Number(value) : value;
}
properties.pointInTimeRecovery = String(app.node.tryGetContext("pointInTimeRecovery")) === "true";

new SignpostStack(app, app.node.tryGetContext("stackName") || "signpost", {
  ...properties,
  description: "Signpost: manifests of presigned URLs",
});
