import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EVALUATE_ON_EXIT } from "../../../src/submit/batch/evaluate-on-exit.ts";
import { type AttemptEnd, checkRetryStrategy, retries } from "../../support/batch-server/retry.ts";

const STRATEGY = { attempts: 3, evaluateOnExit: [...EVALUATE_ON_EXIT] };
const NOT_STARTED = "Task failed to start";
const EXITED = "Essential container in task exited";

describe("AWS Batch", () => {
  it("takes the rules", () => assert.doesNotThrow(() => checkRetryStrategy(STRATEGY)));

  // The words are those of "Stopped tasks error messages" and "CannotPullContainer" in the ECS developer guide.
  for (const [end, again] of [
    [{ exitCode: null, statusReason: "Your Spot Task was interrupted." }, true],
    [
      {
        exitCode: null,
        statusReason: NOT_STARTED,
        reason: "CannotPullContainerError: pull image manifest has been retried 5 time(s)",
      },
      true,
    ],
    [
      {
        exitCode: null,
        statusReason: NOT_STARTED,
        reason: "ResourceInitializationError: unable to pull secrets or registry auth",
      },
      true,
    ],
    [{ exitCode: null, statusReason: NOT_STARTED, reason: "CannotStartContainerError: failed to create new container" }, true],
    [{ exitCode: null, statusReason: "Timeout waiting for network interface provisioning to complete." }, true],
    [
      { exitCode: null, statusReason: NOT_STARTED, reason: "ContainerRuntimeTimeoutError: Could not transition to running" },
      true,
    ],
    [{ exitCode: 1, statusReason: EXITED }, true],
    [{ exitCode: 143, statusReason: EXITED }, true],
    [{ exitCode: 139, statusReason: EXITED }, true],
    [{ exitCode: 2, statusReason: EXITED }, false],
    [{ exitCode: 137, statusReason: EXITED }, false],
    [{ exitCode: null, statusReason: EXITED, reason: "OutOfMemoryError: Container killed due to memory usage" }, false],
  ] as [AttemptEnd, boolean][]) {
    it(`tries ${again ? "again" : "no more"} after ${JSON.stringify(end)}`, () => {
      assert.equal(retries(STRATEGY, 1, end), again);
      assert.equal(retries(STRATEGY, 3, end), false);
    });
  }
});
