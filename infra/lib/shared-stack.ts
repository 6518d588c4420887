import { Aws, BootstraplessSynthesizer, CfnOutput, Fn, type IStackSynthesizer, RemovalPolicy, Stack } from "aws-cdk-lib";
import { CfnComputeEnvironment, CfnConsumableResource, CfnJobQueue } from "aws-cdk-lib/aws-batch";
import { CfnAlarm } from "aws-cdk-lib/aws-cloudwatch";
import { CfnSecurityGroup } from "aws-cdk-lib/aws-ec2";
import { CfnRepository } from "aws-cdk-lib/aws-ecr";
import { CfnScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { CfnSubscription, CfnTopic, CfnTopicPolicy } from "aws-cdk-lib/aws-sns";
import { CfnQueue, CfnQueuePolicy } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { BLOCKED_QUEUES, blockedQueueRule, DEAD_LETTERS, messageQueue, sharedAlarms, TOPIC_NAME } from "./alarms.ts";
import { addBucket } from "./bucket.ts";
import { exportShared } from "./exports.ts";
import { CONNECTIONS_RESOURCE } from "./job-definition.ts";
import { JOBS_SECURITY_GROUP, outgoing } from "./network.ts";
import type { InfraObject } from "./objects.ts";
import { declareSharedParameters, type SharedParameters } from "./parameters.ts";
import * as policies from "./policies.ts";
import { DISPATCH_QUEUE, jobQueue, PRIORITY } from "./queue.ts";
import { IMAGE_REPOSITORY, REPOSITORY_LIFECYCLE } from "./repository.ts";
import { addRule } from "./rule.ts";
import { SCHEDULE_GROUP } from "./schedule.ts";

export interface SharedStackProps {
  readonly environment: string;
  readonly objects: readonly InfraObject[];
}

/**
 * What all objects of the registry share in one AWS account. Each has a stack of its own beside it, because ten of them don't fit in one
 * template that `aws cloudformation deploy` takes without a bucket. No assets and no bootstrap, for the same reason.
 */
export class SharedStack extends Stack {
  constructor(scope: Construct, id: string, { environment, objects }: SharedStackProps) {
    super(scope, id, {
      description: `pg-bronze (${environment}): what its objects share`,
      // The library is not compiled with exactOptionalPropertyTypes.
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
    });
    const parameters = declareSharedParameters(this, objects);
    addBucket(this, parameters);
    const repository = addRepository(this);
    const compute = addCompute(this, parameters);
    const dispatchQueue = new CfnJobQueue(this, "DispatchQueue", jobQueue(DISPATCH_QUEUE, PRIORITY.dispatch, compute.ref));
    const connections = new CfnConsumableResource(this, "Connections", {
      consumableResourceName: CONNECTIONS_RESOURCE,
      resourceType: "REPLENISHABLE",
      totalQuantity: parameters.maxConnections,
    });
    const scheduleGroup = new CfnScheduleGroup(this, "ScheduleGroup", { name: SCHEDULE_GROUP });
    const topic = addTopic(this, parameters);
    const { deadLetters, blockedQueues } = addMessages(this, topic);
    addRule(this, "DispatchQueueBlocked", blockedQueueRule("dispatch", dispatchQueue.ref, blockedQueues.attrArn));
    exportShared(this, {
      ComputeArn: compute.ref,
      DispatchQueueArn: dispatchQueue.ref,
      RepositoryArn: repository.attrArn,
      RepositoryUri: repository.attrRepositoryUri,
      ConnectionsArn: connections.attrConsumableResourceArn,
      ScheduleGroupName: scheduleGroup.ref,
      ScheduleGroupArn: scheduleGroup.attrArn,
      DeadLettersArn: deadLetters.attrArn,
      BlockedQueuesArn: blockedQueues.attrArn,
      TopicArn: topic.ref,
      BucketName: parameters.bucket,
      BucketKeyArn: bucketKey(parameters),
      PublicIp: parameters.assignPublicIp,
    });
    new CfnOutput(this, "DispatchQueueName", { value: DISPATCH_QUEUE, description: "Job queue of dispatchers." });
  }
}

/** An export can't be empty: without a key, the roles of objects may use one that nobody has. */
function bucketKey({ hasKmsKey, kmsKeyArn }: SharedParameters): string {
  const none = `arn:${Aws.PARTITION}:kms:${Aws.REGION}:${Aws.ACCOUNT_ID}:key/none`;
  return Fn.conditionIf(hasKmsKey.logicalId, kmsKeyArn, none).toString();
}

function addRepository(stack: Stack): CfnRepository {
  const repository = new CfnRepository(stack, "Repository", {
    repositoryName: IMAGE_REPOSITORY,
    imageTagMutability: "IMMUTABLE",
    imageScanningConfiguration: { scanOnPush: true },
    lifecyclePolicy: { lifecyclePolicyText: JSON.stringify(REPOSITORY_LIFECYCLE) },
  });
  repository.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  return repository;
}

/** Nothing reaches the jobs; they reach the source, and AWS's endpoints by HTTPS. */
function addCompute(stack: Stack, parameters: SharedParameters): CfnComputeEnvironment {
  const securityGroup = new CfnSecurityGroup(stack, "SecurityGroup", {
    groupDescription: JOBS_SECURITY_GROUP.description,
    vpcId: parameters.vpcId,
    securityGroupEgress: outgoing(parameters.databaseCidr, parameters.databasePort),
  });
  new CfnOutput(stack, "SecurityGroupId", {
    value: securityGroup.attrGroupId,
    description: "Of the jobs: let it in at the source.",
  });
  return new CfnComputeEnvironment(stack, "Compute", {
    type: "MANAGED",
    state: "ENABLED",
    // In place: a replaced environment would have to leave its queues first.
    replaceComputeEnvironment: false,
    computeResources: {
      type: parameters.capacity,
      maxvCpus: parameters.maxVcpus,
      subnets: parameters.subnetIds,
      securityGroupIds: [securityGroup.attrGroupId],
    },
  });
}

function addTopic(stack: Stack, parameters: SharedParameters): CfnTopic {
  const topic = new CfnTopic(stack, "Topic", { topicName: TOPIC_NAME, displayName: "pg-bronze" });
  const email = new CfnSubscription(stack, "AlarmEmailSubscription", {
    topicArn: topic.ref,
    protocol: "email",
    endpoint: parameters.alarmEmail,
  });
  email.cfnOptions.condition = parameters.hasEmail;
  new CfnTopicPolicy(stack, "TopicPolicy", {
    topics: [topic.ref],
    policyDocument: policies.serviceAccess("sns:Publish", topic.ref, [
      ["events.amazonaws.com", policies.fromOwnRules(Aws.PARTITION, Aws.REGION, Aws.ACCOUNT_ID)],
      ["cloudwatch.amazonaws.com", { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } }],
    ]),
  });
  return topic;
}

/** What schedules could not submit, what Batch says of blocked queues, and an alarm for each. */
function addMessages(stack: Stack, topic: CfnTopic): { readonly deadLetters: CfnQueue; readonly blockedQueues: CfnQueue } {
  const deadLetters = new CfnQueue(stack, "DeadLetters", messageQueue(DEAD_LETTERS));
  const blockedQueues = new CfnQueue(stack, "BlockedQueues", messageQueue(BLOCKED_QUEUES));
  new CfnQueuePolicy(stack, "BlockedQueuesPolicy", {
    queues: [blockedQueues.ref],
    policyDocument: policies.serviceAccess("sqs:SendMessage", blockedQueues.attrArn, [
      ["events.amazonaws.com", policies.fromOwnRules(Aws.PARTITION, Aws.REGION, Aws.ACCOUNT_ID)],
    ]),
  });
  for (const [id, alarm] of Object.entries(sharedAlarms(topic.ref))) new CfnAlarm(stack, id, alarm);
  return { deadLetters, blockedQueues };
}
