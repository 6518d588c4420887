import assert from "node:assert/strict";

type Json = Record<string, unknown>;
export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Json;
}
export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: unknown } }>>;
}
export interface Resolved {
  /** Logical id → resource, as CloudFormation would make it; those whose condition doesn't hold are left out. */
  readonly resources: ReadonlyMap<string, Resource>;
  /** Name → value. */
  readonly exports: ReadonlyMap<string, string>;
}

const PSEUDO: Readonly<Record<string, string>> = {
  "AWS::Partition": "aws",
  "AWS::Region": "us-east-2",
  "AWS::AccountId": "123456789012",
};
const arn = (service: string, resource: unknown): string => `arn:aws:${service}:us-east-2:123456789012:${resource}`;

/** What Ref and GetAtt give of a resource, by its type. @param of its properties, resolved */
const ADDRESSES: Readonly<Record<string, (of: Json, name: string) => { ref: string; attributes?: Json }>> = {
  "AWS::Batch::ComputeEnvironment": (_, name) => ({ ref: arn("batch", `compute-environment/${name}`) }),
  "AWS::Batch::JobQueue": (of) => ({ ref: arn("batch", `job-queue/${of["JobQueueName"]}`) }),
  "AWS::Batch::ConsumableResource": (of) => {
    const ref = arn("batch", `consumable-resource/${of["ConsumableResourceName"]}`);
    return { ref, attributes: { ConsumableResourceArn: ref } };
  },
  "AWS::ECR::Repository": (of) => ({
    ref: String(of["RepositoryName"]),
    attributes: {
      Arn: arn("ecr", `repository/${of["RepositoryName"]}`),
      RepositoryUri: `123456789012.dkr.ecr.us-east-2.amazonaws.com/${of["RepositoryName"]}`,
    },
  }),
  "AWS::EC2::SecurityGroup": (_, name) => ({ ref: `sg-${name}`, attributes: { GroupId: `sg-${name}` } }),
  "AWS::IAM::Role": (_, name) => ({ ref: name, attributes: { Arn: `arn:aws:iam::123456789012:role/${name}` } }),
  "AWS::Logs::LogGroup": (of) => ({ ref: String(of["LogGroupName"]) }),
  "AWS::S3::Bucket": (of) => ({ ref: String(of["BucketName"]) }),
  "AWS::SNS::Topic": (of) => ({ ref: arn("sns", of["TopicName"]) }),
  "AWS::SQS::Queue": (of) => ({
    ref: `https://sqs.us-east-2.amazonaws.com/123456789012/${of["QueueName"]}`,
    attributes: { Arn: arn("sqs", of["QueueName"]) },
  }),
  "AWS::Scheduler::ScheduleGroup": (of) => ({
    ref: String(of["Name"]),
    attributes: { Arn: arn("scheduler", `schedule-group/${of["Name"]}`) },
  }),
};

/** Works out a template's references and conditions, as CloudFormation does. @throws AssertionError for a value that isn't there */
export function resolveTemplate(
  template: Template,
  stackName: string,
  parameters: Readonly<Record<string, string>>,
  imports: ReadonlyMap<string, string> = new Map(),
): Resolved {
  const conditions = new Map<string, boolean>();

  function holds(name: string): boolean {
    if (!conditions.has(name)) conditions.set(name, value(template.Conditions?.[name]) === true);
    return conditions.get(name)!;
  }

  function address(id: string): { ref: string; attributes?: Json } {
    const resource = template.Resources[id];
    assert.ok(resource, `${stackName} has no ${id}`);
    const of = ADDRESSES[resource.Type];
    assert.ok(of, `what Ref gives of ${resource.Type} is not known here`);
    return of(value(resource.Properties) as Json, `${stackName}-${id}`);
  }

  function reference(id: string): unknown {
    if (id === "AWS::StackName") return stackName;
    if (id === "AWS::NoValue") return undefined;
    if (id in PSEUDO) return PSEUDO[id];
    const parameter = template.Parameters?.[id];
    if (parameter === undefined) return address(id).ref;
    const given = parameters[id] ?? parameter.Default;
    assert.ok(given !== undefined, `${stackName} wants ${id}`);
    return given;
  }

  const FUNCTIONS: Readonly<Record<string, (argument: never) => unknown>> = {
    Ref: reference,
    "Fn::GetAtt": ([id, name]: [string, string]) => {
      const found = address(id).attributes?.[name];
      assert.ok(found !== undefined, `${stackName}: ${id}.${name}`);
      return found;
    },
    "Fn::Join": ([separator, parts]: [string, unknown[]]) => parts.map(value).join(separator),
    "Fn::ImportValue": (name: unknown) => {
      const found = imports.get(String(value(name)));
      assert.ok(found !== undefined, `nothing exports ${value(name)}`);
      return found;
    },
    "Fn::If": ([condition, yes, no]: [string, unknown, unknown]) => value(holds(condition) ? yes : no),
    "Fn::Equals": ([one, other]: [unknown, unknown]) => value(one) === value(other),
    "Fn::Not": ([one]: [unknown]) => value(one) !== true,
  };

  function value(node: unknown): unknown {
    if (Array.isArray(node)) return node.map(value).filter((item) => item !== undefined);
    if (typeof node !== "object" || node === null) return node;
    const entries = Object.entries(node);
    const [name = "", argument] = entries[0] ?? [];
    if (entries.length === 1 && FUNCTIONS[name] !== undefined) return FUNCTIONS[name](argument as never);
    return Object.fromEntries(entries.map(([key, inner]) => [key, value(inner)]).filter(([, inner]) => inner !== undefined));
  }

  const resources = new Map<string, Resource>();
  for (const [id, resource] of Object.entries(template.Resources)) {
    if (resource.Condition !== undefined && !holds(resource.Condition)) continue;
    resources.set(id, { ...resource, Properties: value(resource.Properties) as Json });
  }
  const exports = new Map<string, string>();
  for (const { Value, Export } of Object.values(template.Outputs ?? {})) {
    if (Export !== undefined) exports.set(String(value(Export.Name)), String(value(Value)));
  }
  return { resources, exports };
}

/** Statements of a role's policies, those that other resources attach to it included. */
export function statementsOf({ resources }: Resolved, role: string, stackName: string): readonly Statement[] {
  const own = (resources.get(role)!.Properties["Policies"] ?? []) as { PolicyDocument: { Statement: Statement[] } }[];
  const attached = [...resources.values()].filter(
    ({ Type, Properties }) => Type === "AWS::IAM::Policy" && (Properties["Roles"] as string[]).includes(`${stackName}-${role}`),
  );
  const documents = [
    ...own.map(({ PolicyDocument }) => PolicyDocument),
    ...attached.map(({ Properties }) => Properties["PolicyDocument"] as { Statement: Statement[] }),
  ];
  return documents.flatMap(({ Statement }) => Statement);
}

export interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/**
 * Whether IAM lets somebody with these statements do something: a statement with the action, the resource, and conditions that hold. Knows the
 * one condition that ours have.
 */
export function allows(
  statements: readonly Statement[],
  action: string,
  resource: string,
  context: Readonly<Record<string, string>> = {},
): boolean {
  return statements.some(
    ({ Effect, Action, Resource, Condition = {} }) =>
      Effect === "Allow" &&
      Action.some((pattern) => matches(pattern, action)) &&
      Resource.some((pattern) => matches(pattern, resource)) &&
      Object.entries(Condition).every(([operator, keys]) => {
        assert.equal(operator, "StringLikeIfExists");
        return Object.entries(keys).every(([key, patterns]) => {
          const given = context[key];
          return given === undefined || patterns.some((pattern) => matches(pattern, given));
        });
      }),
  );
}

function matches(pattern: string, text: string): boolean {
  return new RegExp(
    `^${pattern
      .split("*")
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
    "s",
  ).test(text);
}
