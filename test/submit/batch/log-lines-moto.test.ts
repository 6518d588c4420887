import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { readLogLines } from "../../../src/submit/batch/log-lines.ts";
import { failsWith } from "../../support/fails-with.ts";
import { findMoto, startMoto } from "../../support/moto.ts";

const isRequired = process.env["PG_BRONZE_REQUIRE_MOTO"] === "1";
const skip = findMoto() === null && !isRequired ? "moto is not installed" : false;

describe("moto's CloudWatch Logs", { skip }, () => {
  it("gives all lines of several pages, and the last ones alone", async (t) => {
    const moto = await startMoto();
    t.after(() => moto.close());
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: moto.endpoint,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
    const client = new CloudWatchLogsClient({ region: "us-east-2" });
    t.after(() => client.destroy());
    const group = "/pg-bronze/parcel";
    const streams = ["parcel/default/first", "parcel/default/second"];
    await client.send(new CreateLogGroupCommand({ logGroupName: group }));
    const startedAt = Date.now() - 60_000;
    for (const [attempt, logStreamName] of streams.entries()) {
      await client.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName }));
      const logEvents = Array.from({ length: 12 }, (_, i) => ({ timestamp: startedAt + i, message: `${attempt + 1}.${i + 1}` }));
      await client.send(new PutLogEventsCommand({ logGroupName: group, logStreamName, logEvents }));
    }
    const read = async (tail: number | null): Promise<string[]> => {
      const lines = await readLogLines(
        { group, streams, command: "" },
        { region: "us-east-2", tail, signal: new AbortController().signal },
      );
      return lines.map(({ message }) => message);
    };
    const all = [1, 2].flatMap((attempt) => Array.from({ length: 12 }, (_, i) => `${attempt}.${i + 1}`));
    assert.deepEqual(await read(null), all);
    assert.deepEqual(await read(15), all.slice(-15));
    await assert.rejects(
      readLogLines(
        { group, streams: ["nowhere"], command: "" },
        { region: "us-east-2", tail: null, signal: new AbortController().signal },
      ),
      failsWith("ENGINE_FAILED", ({ retryable }) => assert.equal(retryable, false)),
    );
  });
});
