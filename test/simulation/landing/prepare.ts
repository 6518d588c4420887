import { BronzeError } from "../../../src/model/errors.ts";
import type { Shard } from "../../../src/model/shard.ts";
import type { RunContext } from "../../../src/run/run-context.ts";
import type { Sink } from "../../../src/sink/sink.ts";
import type { Process } from "../world/process.ts";
import type { World } from "../world/world.ts";
import { COLUMNS } from "./plans.ts";
import { fileOf, type Table } from "./tables.ts";

/** How a simulated shard is read. */
export interface Reading {
  readonly tables: ReadonlyMap<string, Table>;
  /** Milliseconds that a read takes, least and most. */
  readonly readMs: readonly [number, number];
  /** How often a read fails while faults last, half of the time in passing. */
  readonly failing: number;
  /** Files that a shard lands: itself, and its parts beside it. */
  readonly parts: number;
}

/** Once faults have ended nothing is interesting in a long read. */
const QUIET_READ_MS = [100, 1_000] as const;

/** Reads the fake source under a snapshot, which takes a while, and leaves the files sealed. */
export function preparer(world: World, process: Process, sink: Sink, kind: string, reading: Reading): RunContext["prepare"] {
  const { random } = world;
  return async (shard, attempt) => {
    const table = reading.tables.get(shard.key)!;
    const startedAt = new Date().toISOString();
    const state = table.stateAt(world.loop.now);
    world.tell(process.name, () => `reads ${shard.id}: state ${state}`);
    const [least, most] = world.hasFaults ? reading.readMs : QUIET_READ_MS;
    await process.clock.sleep(random.magnitude(least, most), attempt.signal);
    if (world.hasFaults && random.chance(reading.failing)) throw readFailed(shard, random.chance(0.5));
    const files = [];
    for (let part = 0; part < reading.parts; part++) {
      const key = part === 0 ? shard.key : shard.key.replace(".parquet", `.part${part}.parquet`);
      const { body, sha256 } = fileOf(key, kind, state);
      const name = part === 0 ? attempt.token : `${attempt.token}.${part}`;
      const writer = await sink.create(key, { token: name, signal: attempt.signal });
      await writer.write(body);
      const { token } = await writer.seal();
      const facts = {
        key,
        bytes: body.byteLength,
        rows: 1,
        rowGroups: 1,
        sha256,
        columns: [{ name: "state", nulls: 0, min: String(state), max: String(state) }],
      };
      files.push({ facts, writer, token, wireBytes: body.byteLength });
    }
    return {
      files,
      draft: {
        object: shard.object,
        shard: shard.id,
        snapshot_dt: shard.snapshotDt,
        rows: files.length,
        bytes: files.reduce((sum, { facts }) => sum + facts.bytes, 0),
        columns: COLUMNS,
        source: {
          kind: "table",
          name: shard.id,
          snapshot: String(state),
          lsn: null,
          server_version: "18",
          transport: "copy",
          wire_bytes: 1,
        },
        profile: "lake",
        hashkeys: null,
        started_at: startedAt,
        attempts: attempt.number,
        tool: "simulation",
      },
    };
  };
}

function readFailed(shard: Shard, inPassing: boolean): BronzeError {
  return inPassing
    ? new BronzeError("SOURCE_INTERRUPTED", `the connection broke while ${shard.id} was read`, { retryable: true })
    : new BronzeError("UNREPRESENTABLE", `a value of ${shard.id} has no counterpart`);
}
