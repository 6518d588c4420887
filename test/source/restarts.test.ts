import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BronzeError } from "../../src/model/errors.ts";
import { withRestarts } from "../../src/source/restarts.ts";
import { failsWith } from "../support/fails-with.ts";

const POLICY = { attempts: 3, minDelayMs: 1, maxDelayMs: 2 };
const interrupted = () => new BronzeError("SOURCE_INTERRUPTED", "lost", { retryable: true });
const down = () => new BronzeError("SOURCE_DOWN", "down", { retryable: true });

/** Fails with the given errors in turn, then succeeds. */
function failing(errors: readonly Error[]) {
  const seen: number[] = [];
  const attempt = async (attemptNumber: number): Promise<string> => {
    seen.push(attemptNumber);
    const error = errors[attemptNumber - 1];
    if (error !== undefined) throw error;
    return "landed";
  };
  return { seen, attempt };
}

describe("restarts", () => {
  it("begin again after an interruption, and say so", async () => {
    const { seen, attempt } = failing([interrupted(), interrupted()]);
    const told: number[] = [];
    assert.equal(await withRestarts(POLICY, attempt, (_, next) => told.push(next)), "landed");
    assert.deepEqual(
      [seen, told],
      [
        [1, 2, 3],
        [2, 3],
      ],
    );
  });

  it("give up after the last attempt, with its error", async () => {
    const told: number[] = [];
    const { attempt } = failing([interrupted(), interrupted(), interrupted()]);
    await assert.rejects(
      withRestarts(POLICY, attempt, (_, next) => told.push(next)),
      failsWith("SOURCE_INTERRUPTED"),
    );
    assert.deepEqual(told, [2, 3]);
  });

  it("do not happen for anything else", async () => {
    const others = [new BronzeError("SOURCE_FAILED", "no"), new BronzeError("SOURCE_UNREACHABLE", "who?")];
    for (const error of [...others, new Error("bug"), new TypeError("bug")]) {
      const { seen, attempt } = failing([error]);
      await assert.rejects(withRestarts(POLICY, attempt), (thrown) => thrown === error);
      assert.deepEqual(seen, [1]);
    }
  });

  it("wait for a server that was there and comes back, and for one that is down from the beginning", async () => {
    for (const errors of [
      [interrupted(), down()],
      [down(), down()],
    ]) {
      const { seen, attempt } = failing(errors);
      assert.equal(await withRestarts(POLICY, attempt), "landed");
      assert.deepEqual(seen, [1, 2, 3]);
    }
  });

  it("wait for a server that stays down no more often than they are told, and say that it is down", async () => {
    const { seen, attempt } = failing([down(), down(), down(), down()]);
    await assert.rejects(
      withRestarts(POLICY, attempt),
      failsWith("SOURCE_DOWN", (error) => assert.deepEqual([error.retryable, error.exitCode], [true, 1])),
    );
    assert.deepEqual(seen, [1, 2, 3]);
  });

  it("end when they are cancelled while waiting", async () => {
    const abort = new AbortController();
    const { seen, attempt } = failing([interrupted()]);
    const policy = { attempts: 3, minDelayMs: 60_000, maxDelayMs: 60_000, signal: abort.signal };
    await assert.rejects(
      withRestarts(policy, attempt, () => setImmediate(() => abort.abort())),
      failsWith("CANCELLED"),
    );
    assert.deepEqual(seen, [1]);
  });

  it("give what an attempt has done although the signal fired during its last steps", async () => {
    const abort = new AbortController();
    const attempt = async () => {
      abort.abort();
      return "landed";
    };
    assert.equal(await withRestarts({ attempts: 3, minDelayMs: 1, maxDelayMs: 1, signal: abort.signal }, attempt), "landed");
    await assert.rejects(
      withRestarts({ attempts: 3, minDelayMs: 1, maxDelayMs: 1, signal: abort.signal }, attempt),
      failsWith("CANCELLED"),
    );
  });
});
