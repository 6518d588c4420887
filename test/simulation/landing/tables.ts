import { createHash } from "node:crypto";
import type { Random } from "../world/random.ts";

/** What the fake source holds for one data key: it changes now and then, and sometimes back to what it was. */
export class Table {
  readonly #changesMs: number[] = [];

  constructor(random: Random, everyMs: number, untilMs: number) {
    for (let at = 0; at < untilMs; ) {
      at += random.magnitude(everyMs / 3, everyMs * 3);
      this.#changesMs.push(at);
    }
  }

  /** What it holds at an instant: one of three states, in turn. */
  stateAt(atMs: number): number {
    let changes = 0;
    while (changes < this.#changesMs.length && this.#changesMs[changes]! <= atMs) changes++;
    return changes % 3;
  }
}

/** A file as a run of some kind makes it of some state of a table. The same of the same. */
export interface File {
  readonly kind: string;
  readonly body: Buffer;
  readonly sha256: string;
}

const files = new Map<string, File>();

/** It ends as Parquet files do. */
export function fileOf(key: string, kind: string, state: number): File {
  const text = `PAR1 ${key} of kind ${kind} in state ${state} `;
  const known = files.get(text);
  if (known !== undefined) return known;
  const tail = Buffer.alloc(8, "....PAR1");
  tail.writeUInt32LE(4, 0);
  const body = Buffer.concat([Buffer.from(text), tail]);
  const file = { kind, body, sha256: createHash("sha256").update(body).digest("hex") };
  files.set(text, file);
  bySha256.set(file.sha256, file);
  return file;
}

const bySha256 = new Map<string, File>();

/** The file that a manifest speaks of. */
export function fileWith(sha256: string): File | undefined {
  return bySha256.get(sha256);
}
