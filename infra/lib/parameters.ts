import { CfnCondition, CfnParameter, Fn, type Stack } from "aws-cdk-lib";
import type { InfraObject } from "./objects.ts";

/** What differs from account to account for what objects share; `docs/deploy.md` explains each. */
export interface SharedParameters {
  readonly vpcId: string;
  readonly subnetIds: string[];
  readonly assignPublicIp: string;
  readonly databasePort: number;
  readonly databaseCidr: string;
  readonly bucket: string;
  readonly kmsKeyArn: string;
  readonly maxConnections: number;
  readonly maxVcpus: number;
  readonly capacity: string;
  readonly alarmEmail: string;
  readonly createsBucket: CfnCondition;
  readonly hasKmsKey: CfnCondition;
  readonly hasEmail: CfnCondition;
}

/** What differs from account to account for one object. */
export interface ObjectParameters {
  /** Name of the stack with what objects share. */
  readonly sharedStack: string;
  readonly imageTag: string;
  readonly schedules: string;
  readonly dsnSecretArn: string;
  readonly secretKeyArn: string;
  readonly isScheduled: CfnCondition;
  readonly hasSecretKey: CfnCondition;
}

const KMS_KEY = { default: "", allowedPattern: "^$|^arn:[^:]+:kms:.+$" };

export function declareSharedParameters(stack: Stack, objects: readonly InfraObject[]): SharedParameters {
  const { text, number, condition } = declare(stack);
  const createBucket = text("CreateBucket", "yes makes the bucket, with its lifecycle; no takes one that is there.", {
    default: "no",
    allowedValues: ["yes", "no"],
  });
  const kmsKey = text("BucketKmsKeyArn", "ARN of the KMS key that the bucket encrypts with; empty for SSE-S3.", KMS_KEY);
  const email = text("AlarmEmail", "Where alarms go; empty for nowhere but the topic.", { default: "" });
  return {
    vpcId: text("VpcId", "VPC from which the source can be reached.", { type: "AWS::EC2::VPC::Id" }).valueAsString,
    subnetIds: text("SubnetIds", "Subnets with a route to the source, S3, ECR and Secrets Manager: private ones, behind NAT.", {
      type: "List<AWS::EC2::Subnet::Id>",
    }).valueAsList,
    assignPublicIp: text("AssignPublicIp", "ENABLED only for public subnets without NAT.", {
      default: "DISABLED",
      allowedValues: ["DISABLED", "ENABLED"],
    }).valueAsString,
    databasePort: number("DatabasePort", "Port of the source.", 5432, 1, 65535),
    databaseCidr: text("DatabaseCidr", "Addresses of the source; narrow it to what you know.", {
      default: "0.0.0.0/0",
      allowedPattern: "^[0-9.]+/[0-9]{1,2}$",
    }).valueAsString,
    bucket: text("BronzeBucket", "Bucket of Bronze.", { default: commonBucket(objects) }).valueAsString,
    kmsKeyArn: kmsKey.valueAsString,
    maxConnections: number("MaxConnections", "Connections to the source at once, over all objects and runs.", 24, 1, 1000),
    maxVcpus: number("MaxVcpus", "vCPU at once: the backstop of MaxConnections, and of the bill.", 16, 1, 1000),
    capacity: text("Capacity", "FARGATE_SPOT is cheaper, and begins interrupted counties again.", {
      default: "FARGATE",
      allowedValues: ["FARGATE", "FARGATE_SPOT"],
    }).valueAsString,
    alarmEmail: email.valueAsString,
    createsBucket: condition("CreatesBucket", createBucket, "yes", true),
    hasKmsKey: condition("HasKmsKey", kmsKey, "", false),
    hasEmail: condition("HasAlarmEmail", email, "", false),
  };
}

/** @param sharedStack its name, unless the parameter says otherwise */
export function declareObjectParameters(stack: Stack, { dsnEnv }: InfraObject, sharedStack: string): ObjectParameters {
  const { text, condition } = declare(stack);
  const schedules = text("Schedules", "ENABLED begins to extract by itself, at the registry's cadence.", {
    default: "DISABLED",
    allowedValues: ["DISABLED", "ENABLED"],
  });
  const secretKey = text("DsnKmsKeyArn", "ARN of the KMS key that encrypts that secret; empty for aws/secretsmanager.", KMS_KEY);
  return {
    sharedStack: text("SharedStack", "Name of the stack with what objects share.", { default: sharedStack }).valueAsString,
    imageTag: text("ImageTag", "Tag of the image in the shared stack's repository, such as 0.1.0.", {
      allowedPattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$",
    }).valueAsString,
    schedules: schedules.valueAsString,
    dsnSecretArn: text(
      `${pascal(dsnEnv)}Arn`,
      `ARN of the secret in Secrets Manager that holds ${dsnEnv}, with its six-character suffix.`,
      { allowedPattern: "^arn:[^:]+:secretsmanager:[^:]+:[0-9]{12}:secret:[^:]+$" },
    ).valueAsString,
    secretKeyArn: secretKey.valueAsString,
    isScheduled: condition("IsScheduled", schedules, "ENABLED", true),
    hasSecretKey: condition("HasSecretKey", secretKey, "", false),
  };
}

function declare(stack: Stack) {
  const text = (id: string, description: string, more: object = {}): CfnParameter =>
    new CfnParameter(stack, id, { type: "String", description, ...more });
  return {
    text,
    number: (id: string, description: string, fallback: number, minValue: number, maxValue: number): number =>
      new CfnParameter(stack, id, { type: "Number", description, default: fallback, minValue, maxValue }).valueAsNumber,
    condition: (id: string, parameter: CfnParameter, value: string, when: boolean): CfnCondition => {
      const equals = Fn.conditionEquals(parameter.valueAsString, value);
      return new CfnCondition(stack, id, { expression: when ? equals : Fn.conditionNot(equals) });
    },
  };
}

function commonBucket(objects: readonly InfraObject[]): string {
  const buckets = new Set(objects.map(({ bucket }) => bucket));
  if (buckets.size !== 1) throw new Error(`All objects of one stack land in one bucket, not in ${[...buckets].join(", ")}`);
  return [...buckets][0]!;
}

/** `LINODE_DSN` → `LinodeDsn`. */
export function pascal(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase())
    .join("");
}
