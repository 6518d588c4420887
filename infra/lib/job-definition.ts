import { EVALUATE_ON_EXIT } from "../../src/submit/batch/evaluate-on-exit.ts";
import type { InfraObject } from "./objects.ts";

/** Addresses of what a job definition points to: tokens in the stack, placeholders in the files for people. */
export interface JobSurroundings {
  readonly image: string;
  readonly region: string;
  readonly bucket: string;
  readonly dsnSecretArn: string;
  readonly executionRoleArn: string;
  readonly jobRoleArn: string;
  readonly logGroup: string;
  readonly connectionsArn: string;
  readonly assignPublicIp: string;
}

/** Consumable resource that stands for connections to the source. Unique in its account and region. */
export const CONNECTIONS_RESOURCE = "pg-connections";

/** The job definition of one object's extract, as RegisterJobDefinition takes it. */
export function extractJobDefinition(object: InfraObject, around: JobSurroundings) {
  const { entry } = object;
  return {
    ...jobDefinition(entry.batch_job_definition, object, around, {
      command: ["extract"],
      vcpu: entry.compute.sizes.small.vcpu,
      memoryMib: entry.compute.sizes.small.memory_mib,
      attempts: entry.compute.attempts,
      timeoutSeconds: entry.compute.timeout_minutes * 60,
    }),
    consumableResourceProperties: {
      consumableResourceList: [{ consumableResource: around.connectionsArn, quantity: object.connections }],
    },
  };
}

/** Name of the job definition that plans and submits a run of the object when its schedule says so. */
export function dispatchName({ name }: InfraObject): string {
  return `${name}-dispatch`;
}

/**
 * Plans, submits, follows the run to its end, and tells the topic once how it went. It then exits 0 or 2, neither of which AWS Batch tries
 * again; after any other end nobody was told.
 */
export function dispatchJobDefinition(object: InfraObject, around: JobSurroundings & { readonly topicArn: string }) {
  return jobDefinition(dispatchName(object), object, around, {
    command: ["submit-aws", "--object", object.name, ...(object.isSharded ? ["--all"] : []), "--wait"],
    environment: [{ name: "PG_BRONZE_TOPIC_ARN", value: around.topicArn }],
    vcpu: 0.25,
    memoryMib: 1024,
    attempts: 3,
    timeoutSeconds: 48 * 3600,
  });
}

interface JobShape {
  readonly command: readonly string[];
  readonly environment?: readonly { readonly name: string; readonly value: string }[];
  readonly vcpu: number;
  readonly memoryMib: number;
  readonly attempts: number;
  readonly timeoutSeconds: number;
}

function jobDefinition(name: string, object: InfraObject, around: JobSurroundings, shape: JobShape) {
  return {
    jobDefinitionName: name,
    type: "container",
    platformCapabilities: ["FARGATE"],
    propagateTags: true,
    tags: { "pg-bronze:object": object.name },
    containerProperties: containerProperties(object, around, shape),
    retryStrategy: { attempts: shape.attempts, evaluateOnExit: [...EVALUATE_ON_EXIT] },
    timeout: { attemptDurationSeconds: shape.timeoutSeconds },
  };
}

function containerProperties(object: InfraObject, around: JobSurroundings, shape: JobShape) {
  return {
    image: around.image,
    command: [...shape.command],
    executionRoleArn: around.executionRoleArn,
    jobRoleArn: around.jobRoleArn,
    environment: [
      { name: "OBJECT", value: object.name },
      { name: "BRONZE_BUCKET", value: around.bucket },
      { name: "AWS_REGION", value: around.region },
      { name: "LOG_FORMAT", value: "json" },
      ...(shape.environment ?? []),
    ],
    secrets: [{ name: object.dsnEnv, valueFrom: around.dsnSecretArn }],
    resourceRequirements: [
      { type: "VCPU", value: String(shape.vcpu) },
      { type: "MEMORY", value: String(shape.memoryMib) },
    ],
    runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: "X86_64" },
    fargatePlatformConfiguration: { platformVersion: "LATEST" },
    networkConfiguration: { assignPublicIp: around.assignPublicIp },
    user: "1000:1000",
    readonlyRootFilesystem: true,
    // Fargate knows no tmpfs: /tmp is a folder of the task's ephemeral storage, with the owner that the image's VOLUME gives it.
    volumes: [{ name: "tmp" }],
    mountPoints: [{ sourceVolume: "tmp", containerPath: "/tmp", readOnly: false }],
    linuxParameters: { initProcessEnabled: true },
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": around.logGroup,
        "awslogs-region": around.region,
        "awslogs-stream-prefix": object.name,
        // A log service that is slow must not hold up a transaction at the source.
        mode: "non-blocking",
        "max-buffer-size": "4m",
      },
    },
  };
}

export const LOG_RETENTION_DAYS = 90;

export function logGroupName({ name }: InfraObject): string {
  return `/pg-bronze/${name}`;
}
