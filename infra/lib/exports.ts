import { Aws, CfnOutput, Fn, type Stack } from "aws-cdk-lib";

const NAMES = [
  "ComputeArn",
  "DispatchQueueArn",
  "RepositoryArn",
  "RepositoryUri",
  "ConnectionsArn",
  "ScheduleGroupName",
  "ScheduleGroupArn",
  "DeadLettersArn",
  "BlockedQueuesArn",
  "TopicArn",
  "BucketName",
  "BucketKeyArn",
  "PublicIp",
] as const;

/** What the shared stack gives to the stacks of objects. CloudFormation keeps it from being deleted while one of them stands. */
export type Shared = Readonly<Record<(typeof NAMES)[number], string>>;

/** None of them may be empty: CloudFormation refuses an empty export, after it made everything else. */
export function exportShared(stack: Stack, shared: Shared): void {
  for (const name of NAMES) new CfnOutput(stack, name, { value: shared[name], exportName: `${Aws.STACK_NAME}-${name}` });
}

/** @param stackName of the shared stack, a token */
export function importShared(stackName: string): Shared {
  return Object.fromEntries(NAMES.map((name) => [name, Fn.importValue(`${stackName}-${name}`)])) as Shared;
}
