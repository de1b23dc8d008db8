"use strict";

const { Fn, RemovalPolicy, Stack, CfnOutput } = require("aws-cdk-lib");
const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");
const dynamodb = require("aws-cdk-lib/aws-dynamodb");
const iam = require("aws-cdk-lib/aws-iam");
const lambda = require("aws-cdk-lib/aws-lambda");
const logs = require("aws-cdk-lib/aws-logs");
const s3 = require("aws-cdk-lib/aws-s3");
const assets = require("aws-cdk-lib/aws-s3-assets");
const sqs = require("aws-cdk-lib/aws-sqs");
const { dashboardBody } = require("./dashboard");

const TIMEOUT_SECONDS = 900;
const VERSION = "2012-10-17";
const MAX_LIFE_SECONDS = 3540;

const allow = (sid, Action, Resource, Condition) => ({ Sid: sid, Effect: "Allow", Action, Resource, Condition });
const policy = (...Statement) => ({ Version: VERSION, Statement: Statement.filter(Boolean) });
const onlyTls = (...Resource) => ({
  Sid: "OnlyTls",
  Effect: "Deny",
  Principal: "*",
  Action: Resource[0].service + ":*",
  Resource: Resource.length === 1 ? Resource[0].arn : Resource.map((one) => one.arn),
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});

/**
 * Everything that Signpost needs, as deploy/sam/template.yaml has it.
 *
 * props, beside those of every stack:
 *   code                 path of the zip with the function
 *   sourceBucket         bucket whose objects may be presigned
 *   sourcePrefix         only what lies under it; ends in "/"; "" is the whole bucket
 *   sourceKeyArn         KMS key of the objects, if they are encrypted with one
 *   maxExpiresIn         longest life of a URL, 60 to 3540 seconds (3540)
 *   maximumConcurrency   jobs from the queue that run at once, 2 to 1000 (10)
 *   senderArn            EventBridge rule or SNS topic that may send jobs
 *   alarmTopicArn        SNS topic that the alarms tell
 *   pointInTimeRecovery  whether the table can be restored (false)
 *   logRetentionDays     30
 *   logLevel             "INFO"
 */
class SignpostStack extends Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const settings = {
      sourcePrefix: "",
      maxExpiresIn: MAX_LIFE_SECONDS,
      maximumConcurrency: 10,
      pointInTimeRecovery: false,
      logRetentionDays: 30,
      logLevel: "INFO",
      ...props,
    };
    check(settings);
    this.addStores(settings);
    this.addQueues(settings);
    this.addRoles(settings);
    this.addFunction(settings);
    this.addAlarms(settings);
    this.addOutputs();
  }

  addStores({ maxExpiresIn, pointInTimeRecovery, logRetentionDays }) {
    this.logGroup = new logs.CfnLogGroup(this, "LogGroup", {
      logGroupName: `/aws/lambda/${this.stackName}`,
      retentionInDays: logRetentionDays,
    });
    this.table = new dynamodb.CfnTable(this, "Table", {
      billingMode: "PAY_PER_REQUEST",
      attributeDefinitions: [{ attributeName: "id", attributeType: "S" }],
      keySchema: [{ attributeName: "id", keyType: "HASH" }],
      timeToLiveSpecification: { attributeName: "expiration", enabled: true },
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: pointInTimeRecovery },
    });
    this.manifests = new s3.CfnBucket(this, "ManifestBucket", {
      bucketEncryption: {
        serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
      },
      ownershipControls: { rules: [{ objectOwnership: "BucketOwnerEnforced" }] },
      publicAccessBlockConfiguration: {
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      lifecycleConfiguration: {
        rules: [
          { id: "expire-manifests", status: "Enabled", prefix: "manifests/", expirationInDays: 1 },
          { id: "abort-uploads", status: "Enabled", abortIncompleteMultipartUpload: { daysAfterInitiation: 1 } },
        ],
      },
    });
    const everyObject = Fn.join("", [this.manifests.attrArn, "/*"]);
    new s3.CfnBucketPolicy(this, "ManifestBucketPolicy", {
      bucket: this.manifests.ref,
      policyDocument: policy(
        onlyTls({ service: "s3", arn: this.manifests.attrArn }, { service: "s3", arn: everyObject }),
        {
          Sid: "NoOldUrls",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:GetObject",
          Resource: everyObject,
          Condition: olderThan(maxExpiresIn),
        },
      ),
    });
    [this.logGroup, this.table, this.manifests].forEach(leaveNothing);
  }

  addQueues({ senderArn }) {
    this.dead = new sqs.CfnQueue(this, "DeadLetterQueue", {
      queueName: `${this.stackName}-dead`,
      messageRetentionPeriod: 14 * 24 * 3600,
      sqsManagedSseEnabled: true,
      redriveAllowPolicy: {
        redrivePermission: "byQueue",
        sourceQueueArns: [`arn:${this.partition}:sqs:${this.region}:${this.account}:${this.stackName}-jobs`],
      },
    });
    this.queue = new sqs.CfnQueue(this, "Queue", {
      queueName: `${this.stackName}-jobs`,
      visibilityTimeout: 6 * TIMEOUT_SECONDS,
      messageRetentionPeriod: 4 * 24 * 3600,
      sqsManagedSseEnabled: true,
      redrivePolicy: { deadLetterTargetArn: this.dead.attrArn, maxReceiveCount: 5 },
    });
    new sqs.CfnQueuePolicy(this, "QueuePolicy", {
      queues: [this.queue.ref],
      policyDocument: policy(
        onlyTls({ service: "sqs", arn: this.queue.attrArn }),
        senderArn && {
          ...allow("OneSender", "sqs:SendMessage", this.queue.attrArn, { ArnEquals: { "aws:SourceArn": senderArn } }),
          Principal: { Service: ["events.amazonaws.com", "sns.amazonaws.com"] },
        },
      ),
    });
    new sqs.CfnQueuePolicy(this, "DeadLetterQueuePolicy", {
      queues: [this.dead.ref],
      policyDocument: policy(onlyTls({ service: "sqs", arn: this.dead.attrArn })),
    });
    [this.dead, this.queue].forEach(leaveNothing);
  }

  addRoles({ sourceBucket, sourcePrefix, sourceKeyArn, maxExpiresIn }) {
    const source = `arn:${this.partition}:s3:::${sourceBucket}`;
    const manifests = Fn.join("", [this.manifests.attrArn, "/manifests/*"]);
    this.worker = new iam.CfnRole(this, "WorkerRole", {
      description: "What Signpost's function runs as.",
      assumeRolePolicyDocument: policy({
        Effect: "Allow",
        Principal: { Service: "lambda.amazonaws.com" },
        Action: "sts:AssumeRole",
      }),
    });
    this.signer = new iam.CfnRole(this, "SignerRole", {
      description: "What the URLs in Signpost's manifests are signed with.",
      maxSessionDuration: 3600,
      assumeRolePolicyDocument: policy({
        Effect: "Allow",
        Principal: { AWS: this.worker.attrArn },
        Action: "sts:AssumeRole",
      }),
      policies: [
        {
          policyName: "signer",
          policyDocument: policy(
            allow("ReadSource", "s3:GetObject", `${source}/${sourcePrefix}*`),
            allow("ReadManifests", "s3:GetObject", manifests),
            sourceKeyArn &&
              allow("DecryptSource", "kms:Decrypt", sourceKeyArn, {
                StringEquals: { "kms:ViaService": `s3.${this.region}.${this.urlSuffix}` },
              }),
            {
              Sid: "NothingButUrls",
              Effect: "Deny",
              Action: "s3:*",
              Resource: "*",
              Condition: { StringEquals: { "s3:authType": ["REST-HEADER", "POST"] } },
            },
            { Sid: "NoOldUrls", Effect: "Deny", Action: "s3:*", Resource: "*", Condition: olderThan(maxExpiresIn) },
          ),
        },
      ],
    });
    this.permissions = new iam.CfnPolicy(this, "WorkerPolicy", {
      policyName: "worker",
      roles: [this.worker.ref],
      policyDocument: policy(
        allow("ListSource", "s3:ListBucket", source, sourcePrefix ? below(sourcePrefix) : undefined),
        allow("WriteManifests", ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], manifests),
        allow("KeepRecords", ["dynamodb:GetItem", "dynamodb:PutItem"], this.table.attrArn),
        allow(
          "TakeJobs",
          ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
          this.queue.attrArn,
        ),
        allow("BecomeSigner", "sts:AssumeRole", this.signer.attrArn),
        allow(
          "WriteLog",
          ["logs:CreateLogStream", "logs:PutLogEvents"],
          `arn:${this.partition}:logs:${this.region}:${this.account}:log-group:${this.logGroup.ref}:*`,
        ),
      ),
    });
  }

  addFunction({ code, sourceBucket, sourcePrefix, maxExpiresIn, maximumConcurrency, logLevel }) {
    const zip = new assets.Asset(this, "Code", { path: code });
    this.function = new lambda.CfnFunction(this, "Function", {
      functionName: this.stackName,
      description: "Publishes manifests of presigned URLs.",
      code: { s3Bucket: zip.s3BucketName, s3Key: zip.s3ObjectKey },
      handler: "bootstrap",
      runtime: "provided.al2023",
      architectures: ["arm64"],
      memorySize: 1769,
      timeout: TIMEOUT_SECONDS,
      role: this.worker.attrArn,
      loggingConfig: { logGroup: this.logGroup.ref },
      environment: {
        variables: {
          SIGNPOST_ALLOW: `s3://${sourceBucket}/${sourcePrefix}`,
          SIGNPOST_OUTPUT: `s3://${this.manifests.ref}/manifests/`,
          SIGNPOST_IDEMPOTENCY: `dynamodb://${this.table.ref}`,
          SIGNPOST_SIGNER_ROLE_ARN: this.signer.attrArn,
          SIGNPOST_MAX_EXPIRES_IN: `${maxExpiresIn}s`,
          SIGNPOST_LOG_LEVEL: logLevel,
        },
      },
    });
    this.function.addDependency(this.permissions);
    new lambda.CfnEventSourceMapping(this, "FunctionJobs", {
      eventSourceArn: this.queue.attrArn,
      functionName: this.function.ref,
      batchSize: 1,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency },
    });
  }

  addAlarms({ alarmTopicArn }) {
    const alarm = (id, alarmDescription, namespace, metricName, dimension, value, threshold, changes) =>
      new cloudwatch.CfnAlarm(this, id, {
        alarmDescription,
        namespace,
        metricName,
        dimensions: [{ name: dimension, value }],
        statistic: "Maximum",
        period: 300,
        evaluationPeriods: 1,
        threshold,
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        treatMissingData: "notBreaching",
        alarmActions: alarmTopicArn && [alarmTopicArn],
        ...changes,
      });
    const ofQueue = (id, text, queue, metric, threshold, changes) =>
      alarm(id, text, "AWS/SQS", metric, "QueueName", queue.attrQueueName, threshold, changes);
    const ofFunction = (id, text, metric, threshold, changes) =>
      alarm(id, text, "AWS/Lambda", metric, "FunctionName", this.function.ref, threshold, changes);
    ofQueue(
      "DeadLetterAlarm",
      "A job failed five times; its message is in the dead-letter queue.",
      this.dead,
      "ApproximateNumberOfMessagesVisible",
      1,
      { period: 60 },
    );
    ofQueue(
      "OldestMessageAlarm",
      "A job has waited for three hours, twice the visibility timeout.",
      this.queue,
      "ApproximateAgeOfOldestMessage",
      12 * TIMEOUT_SECONDS,
    );
    ofFunction("ErrorsAlarm", "An invocation ended with an error; the function's log says which.", "Errors", 1, {
      statistic: "Sum",
    });
    ofFunction(
      "ThrottlesAlarm",
      "Lambda turned invocations away; the account's concurrency is used up.",
      "Throttles",
      1,
      { statistic: "Sum" },
    );
    ofFunction(
      "DurationAlarm",
      "A job took nine tenths of the function's timeout; the next larger one will not end in time.",
      "Duration",
      900 * TIMEOUT_SECONDS,
    );
    new cloudwatch.CfnDashboard(this, "Dashboard", {
      dashboardName: this.stackName,
      dashboardBody: dashboardBody(
        this.region,
        this.function.ref,
        this.queue.attrQueueName,
        this.dead.attrQueueName,
      ),
    });
  }

  addOutputs() {
    const outputs = {
      FunctionName: this.function.ref,
      QueueUrl: this.queue.ref,
      QueueArn: this.queue.attrArn,
      DeadLetterQueueUrl: this.dead.ref,
      ManifestBucketName: this.manifests.ref,
      TableName: this.table.ref,
      WorkerRoleArn: this.worker.attrArn,
      SignerRoleArn: this.signer.attrArn,
    };
    Object.entries(outputs).forEach(([name, value]) => new CfnOutput(this, name, { value }));
  }
}

const olderThan = (seconds) => ({ NumericGreaterThan: { "s3:signatureAge": `${seconds}000` } });
const below = (prefix) => ({ StringLike: { "s3:prefix": `${prefix}*` } });
const leaveNothing = (resource) => resource.applyRemovalPolicy(RemovalPolicy.DESTROY);

/** Throws for what the template's parameters would refuse. */
function check({ code, sourceBucket, sourcePrefix, maxExpiresIn, maximumConcurrency }) {
  const complaints = [
    !code && "code is missing",
    !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(sourceBucket || "") && "sourceBucket is not the name of a bucket",
    !/^([^\s*?$]*\/)?$/.test(sourcePrefix) && 'sourcePrefix is not empty, and does not end in "/" or has one of * ? $',
    !(maxExpiresIn >= 60 && maxExpiresIn <= MAX_LIFE_SECONDS) && "maxExpiresIn is not 60 to 3540",
    !(maximumConcurrency >= 2 && maximumConcurrency <= 1000) && "maximumConcurrency is not 2 to 1000",
  ].filter(Boolean);
  if (complaints.length) throw new Error(complaints.join("; "));
}

module.exports = { SignpostStack };
