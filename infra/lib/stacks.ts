import type { App } from "aws-cdk-lib";
import { ObjectStack } from "./object-stack.ts";
import type { InfraObject } from "./objects.ts";
import { SharedStack } from "./shared-stack.ts";

/** Names of an environment's stacks. `prod`, `dev`: each in an account of its own, because the registry's names are an account's. */
export function stackName(environment: string, object?: InfraObject): string {
  return object === undefined ? `pg-bronze-${environment}` : `pg-bronze-${environment}-${object.name}`;
}

/** The stack of what objects share, and one for each object. */
export function addStacks(app: App, environment: string, objects: readonly InfraObject[]): void {
  const shared = new SharedStack(app, stackName(environment), { environment, objects });
  for (const object of objects) {
    const props = { environment, object, sharedStack: shared.stackName };
    new ObjectStack(app, stackName(environment, object), props).addStackDependency(shared);
  }
}
