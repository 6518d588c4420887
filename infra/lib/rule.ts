import type { Stack } from "aws-cdk-lib";
import { CfnRule } from "aws-cdk-lib/aws-events";
import type { Rule } from "./alarms.ts";

export function addRule(stack: Stack, id: string, { target, ...rule }: Rule): void {
  new CfnRule(stack, id, { ...rule, state: "ENABLED", targets: [target] });
}
