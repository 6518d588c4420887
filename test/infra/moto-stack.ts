import assert from "node:assert/strict";
import {
  type CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";

type Json = Record<string, unknown>;
interface Document {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Condition?: string; readonly Properties: Json }>>;
}

/** Types that moto 5.2 doesn't make; where another resource points to one, its address stands instead. */
const UNKNOWN: Readonly<Record<string, string>> = {
  "AWS::Batch::ConsumableResource": "arn:aws:batch:us-east-2:123456789012:consumable-resource/pg-connections",
  "AWS::Scheduler::ScheduleGroup": "arn:aws:scheduler:us-east-2:123456789012:schedule-group/pg-bronze",
  "AWS::Scheduler::Schedule": "",
  "AWS::CloudWatch::Alarm": "",
  "AWS::SNS::TopicPolicy": "",
};

/** The template without what moto doesn't know, and with a ServiceRole, which AWS takes from its service-linked role and moto demands. */
export function forMoto(template: Document): Document {
  const addresses = new Map<string, string>();
  const resources: Record<string, Document["Resources"][string]> = {};
  for (const [id, resource] of Object.entries(template.Resources)) {
    const address = UNKNOWN[resource.Type];
    if (address !== undefined) addresses.set(id, address);
    else if (resource.Type !== "AWS::Batch::ComputeEnvironment") resources[id] = resource;
    else resources[id] = { ...resource, Properties: { ...resource.Properties, ServiceRole: SERVICE_ROLE } };
  }
  return replaceAddresses({ ...template, Resources: resources }, addresses) as Document;
}

const SERVICE_ROLE = "arn:aws:iam::123456789012:role/batch-service";

function replaceAddresses(node: unknown, addresses: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(node)) return node.map((item) => replaceAddresses(item, addresses));
  if (typeof node !== "object" || node === null) return node;
  const { Ref, "Fn::GetAtt": attribute } = node as { Ref?: string; "Fn::GetAtt"?: readonly string[] };
  const address = addresses.get(Ref ?? attribute?.[0] ?? "");
  if (address !== undefined) return address;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replaceAddresses(value, addresses)]));
}

const NETWORK = {
  Resources: {
    Vpc: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.0.0.0/16" } },
    Subnet: { Type: "AWS::EC2::Subnet", Properties: { VpcId: { Ref: "Vpc" }, CidrBlock: "10.0.0.0/24" } },
    Role: {
      Type: "AWS::IAM::Role",
      Properties: { RoleName: "batch-service", AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] } },
    },
  },
};

/** Makes a stack, waits for nothing because moto is done when it answers, and gives logical id → physical id. */
export async function createStack(
  client: CloudFormationClient,
  name: string,
  template: unknown,
  parameters: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<string, string>> {
  await client.send(
    new CreateStackCommand({
      StackName: name,
      TemplateBody: JSON.stringify(template),
      Capabilities: ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    }),
  );
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
  assert.equal(Stacks?.[0]?.StackStatus, "CREATE_COMPLETE");
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName: name }));
  // moto lists what a condition left out too, without a name.
  const made = StackResources.filter(({ LogicalResourceId }) => LogicalResourceId !== undefined);
  return new Map(made.map(({ LogicalResourceId, PhysicalResourceId }) => [LogicalResourceId!, PhysicalResourceId!]));
}

/** A VPC with a subnet, as an administrator has made them, and the role that moto wants. */
export async function createNetwork(client: CloudFormationClient): Promise<{ VpcId: string; SubnetIds: string }> {
  const made = await createStack(client, "network", NETWORK);
  return { VpcId: made.get("Vpc")!, SubnetIds: made.get("Subnet")! };
}
