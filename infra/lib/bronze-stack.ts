import { BootstraplessSynthesizer, CfnOutput, type IStackSynthesizer, RemovalPolicy, Stack, Tags } from "aws-cdk-lib";
import { CfnComputeEnvironment, CfnConsumableResource } from "aws-cdk-lib/aws-batch";
import { CfnSecurityGroup } from "aws-cdk-lib/aws-ec2";
import { CfnRepository } from "aws-cdk-lib/aws-ecr";
import { CfnScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import type { Construct } from "constructs";
import { addAlarms } from "./alarms.ts";
import { addBucket } from "./bucket.ts";
import { CONNECTIONS_RESOURCE } from "./job-definition.ts";
import { addObject } from "./object-resources.ts";
import type { InfraObject } from "./objects.ts";
import { declareParameters, type Parameters } from "./parameters.ts";

/** Group of all schedules; the roles that they take trust it alone. */
export const SCHEDULE_GROUP = "pg-bronze";

export interface BronzeStackProps {
  /** `prod`, `dev`: a stack each, in an account each, because the registry's names are an account's. */
  readonly environment: string;
  readonly objects: readonly InfraObject[];
}

/**
 * Everything that the registry's objects need in one AWS account: what they share is made here, what each has for itself by
 * {@link addObject}. No assets and no bootstrap, so that the template deploys by `aws cloudformation deploy` as well.
 */
export class BronzeStack extends Stack {
  constructor(scope: Construct, id: string, { environment, objects }: BronzeStackProps) {
    super(scope, id, {
      description: `pg-bronze (${environment}): extracts PostgreSQL tables to Bronze with AWS Batch on Fargate`,
      // The library is not compiled with exactOptionalPropertyTypes.
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
    });
    const parameters = declareParameters(this, objects);
    addBucket(this, parameters);
    const repository = addRepository(this);
    const compute = addCompute(this, parameters);
    const connections = new CfnConsumableResource(this, "Connections", {
      consumableResourceName: CONNECTIONS_RESOURCE,
      resourceType: "REPLENISHABLE",
      totalQuantity: parameters.maxConnections,
    });
    const scheduleGroup = new CfnScheduleGroup(this, "ScheduleGroup", { name: SCHEDULE_GROUP });
    const shared = { parameters, repository, compute, connections, scheduleGroup };
    const added = objects.map((object) => addObject(this, object, shared));
    addAlarms(this, parameters, added);
    Tags.of(this).add("pg-bronze:environment", environment);
    new CfnOutput(this, "RepositoryUri", { value: repository.attrRepositoryUri, description: "Push the image here." });
  }
}

function addRepository(stack: Stack): CfnRepository {
  const rule = (rulePriority: number, description: string, selection: object) => ({
    rulePriority,
    description,
    selection,
    action: { type: "expire" },
  });
  const rules = [
    rule(1, "Untagged images, after two weeks", {
      tagStatus: "untagged",
      countType: "sinceImagePushed",
      countUnit: "days",
      countNumber: 14,
    }),
    rule(2, "All but the last 30", { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 30 }),
  ];
  const repository = new CfnRepository(stack, "Repository", {
    repositoryName: "pg-bronze",
    imageTagMutability: "IMMUTABLE",
    imageScanningConfiguration: { scanOnPush: true },
    lifecyclePolicy: { lifecyclePolicyText: JSON.stringify({ rules }) },
  });
  repository.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  return repository;
}

/** Nothing reaches the jobs; they reach the source, and AWS's endpoints by HTTPS. */
function addCompute(stack: Stack, parameters: Parameters): CfnComputeEnvironment {
  const tcp = (cidrIp: string, port: number, description: string) => ({
    ipProtocol: "tcp",
    fromPort: port,
    toPort: port,
    cidrIp,
    description,
  });
  const securityGroup = new CfnSecurityGroup(stack, "SecurityGroup", {
    groupDescription: "pg-bronze jobs: out to the source and to AWS, nothing in",
    vpcId: parameters.vpcId,
    securityGroupEgress: [
      tcp("0.0.0.0/0", 443, "S3, ECR, Secrets Manager, CloudWatch Logs, Batch"),
      tcp(parameters.databaseCidr, parameters.databasePort, "the source"),
    ],
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
