import type { Patch } from "./compile.ts";

/** A fault that the code had, or nearly had, and how to put it back. */
export interface Fault {
  /** C2 … as in the changelog of 0.2; others were found by the simulation itself. */
  readonly name: string;
  readonly about: string;
  /** Letters of the invariants of docs/landing.md of which it breaks one. */
  readonly breaks: readonly string[];
  /** A schedule that finds it, tried first; null for a fault of the file sink, which a slow disk shows. Other casts need other seeds. */
  readonly seed: number | null;
  /** Whether some thousands of schedules are needed to find it without a seed that is known. */
  readonly isRare?: boolean;
  readonly patches: readonly Patch[];
}

const COMMIT_LANDING = "src/run/commit-landing.ts";
const CLAIMS = "src/ledger/claims.ts";
const CURRENT = "src/ledger/current.ts";
const LANDING = "src/ledger/landing.ts";
const LEASE = "src/ledger/lease.ts";
const DRAFT = "src/sink/file/draft.ts";

const COMMIT = "  await claim.commit(manifest);\n";

/** The one irreversible step of a conditional put into a folder. */
const UNDER_LOCK = "    await rename(entry, path);";

/** Nobody waits ten seconds for a lock. */
const SHORT_LOCKS: Patch = { file: "src/sink/file/lock.ts", find: "STALE_MS = 10_000", replace: "STALE_MS = 200" };

/** C12 as it was. Since a lock holds the new file itself, the step fails whenever the lock was lost. */
export const SYNC_UNDER_LOCK: readonly Patch[] = [
  {
    file: DRAFT,
    find: UNDER_LOCK,
    replace: `    const handle = await open(entry, "r+");
    await handle.sync();
    await handle.close();
${UNDER_LOCK}`,
  },
  SHORT_LOCKS,
];

export const FAULTS: readonly Fault[] = [
  {
    name: "C2",
    about: "data is published without a condition, whoever holds the key",
    breaks: ["a"],
    seed: 29,
    patches: [
      {
        file: COMMIT_LANDING,
        find: 'there === null ? "absent" : { etag: there.etag }, { inTime }',
        replace: "undefined, { inTime }",
      },
    ],
  },
  {
    name: "C3",
    about: "who waits looks for the manifest first and for the claim afterwards",
    breaks: ["a", "b"],
    seed: 20,
    patches: [
      {
        file: CLAIMS,
        find: "    const current = await readVersioned(sink, key, LandingSchema);\n    const ageMs",
        replace: `    const manifest = (await readVersioned(sink, key, LandingSchema))?.value.manifest ?? null;
    const found = await readVersioned(sink, key, LandingSchema);
    const current = found === null ? null : { ...found, value: { ...found.value, manifest } };
    const ageMs`,
      },
    ],
  },
  {
    name: "C4a",
    about: "an object whose manifest can't be written is deleted, whoever else vouches for it",
    breaks: ["a"],
    seed: 30,
    patches: [
      {
        file: COMMIT_LANDING,
        find: COMMIT,
        replace: `  await claim.commit(manifest).catch(async (error) => {
    for (const { key } of published) await sink.delete(key);
    throw error;
  });
`,
      },
    ],
  },
  {
    name: "C4b",
    about: "the same, where the object has the etag of what was written: another attempt's same bytes have it too",
    breaks: ["a"],
    seed: 69,
    patches: [
      {
        file: COMMIT_LANDING,
        find: COMMIT,
        replace: `  await claim.commit(manifest).catch(async (error) => {
    for (const { key, etag } of published) {
      if (claim.lost.aborted && (await sink.head(key))?.etag === etag) await sink.delete(key);
    }
    throw error;
  });
`,
      },
    ],
  },
  {
    name: "C4c",
    about: "the same, where the manifest's answer was lost and nobody can tell whether it is there",
    breaks: ["a"],
    seed: 1413,
    patches: [
      {
        file: COMMIT_LANDING,
        find: COMMIT,
        replace: `  await claim.commit(manifest).catch(async (error) => {
    const isOpen = error.context.outcome === "unknown";
    for (const { key, etag } of published) if (isOpen) await sink.delete(key, { condition: { etag } });
    throw error;
  });
`,
      },
    ],
  },
  {
    name: "C5",
    about: "claims are by run, while runs of one day share data keys",
    breaks: ["b"],
    seed: 2,
    patches: [
      {
        file: CLAIMS,
        find: "  const key = landingKey(wanted.object, wanted.key);",
        replace: "  const key = landingKey(wanted.object, wanted.run + '/' + wanted.key);",
      },
    ],
  },
  {
    name: "C7",
    about: "current.json is compared by days alone",
    breaks: ["c"],
    seed: 33,
    patches: [
      {
        file: "src/ledger/age.ts",
        find: "return compareText(a.snapshot_dt, b.snapshot_dt) || comparePlans(a, b);",
        replace: "return compareText(a.snapshot_dt, b.snapshot_dt);",
      },
    ],
  },
  {
    name: "C12",
    about:
      "a folder's files are synced under the lock, and get their name by a step that the lock's loss doesn't keep from working",
    breaks: ["b"],
    seed: null,
    patches: [
      {
        file: DRAFT,
        find: UNDER_LOCK,
        replace: `    const beside = temporaryPath(dirname(path));
    await link(entry, beside);
    const handle = await open(beside, "r+");
    await handle.sync();
    await handle.close();
    await rename(beside, path);`,
      },
      SHORT_LOCKS,
    ],
  },
  {
    name: "C13",
    about: "leases are judged by the clock of who wants the key",
    breaks: ["b"],
    seed: 19,
    patches: [
      {
        file: CLAIMS,
        find: "return (await sink.now()).getTime() - current!.modified.getTime();",
        replace: "return actor.clock.now() - Date.parse(holder.renewed_at);",
      },
      {
        file: CLAIMS,
        find: "current: Versioned<Landing> | null, { owner }: Actor): Promise<number> {",
        replace: "current: Versioned<Landing> | null, actor: Actor): Promise<number> {\n  const { owner } = actor;",
      },
    ],
  },
  {
    name: "renewal after the end",
    about: "a renewal that waited for a commit takes the key again, from whoever holds it by then",
    breaks: ["b"],
    seed: 8430,
    isRare: true,
    patches: [
      { file: LEASE, find: "      if (this.#isOver) return;\n      await this.#swap", replace: "      await this.#swap" },
      { file: LEASE, find: "          this.#finish();\n          return;", replace: "          return;" },
    ],
  },
  {
    name: "no intent over an orphan",
    about: "an object without a manifest is replaced without an intent, and a late write of those bytes' successor lands unseen",
    breaks: ["a"],
    seed: 66,
    patches: [
      {
        file: COMMIT_LANDING,
        find: "claim.landing.manifest !== null || [...found.values()].some((info) => info !== null)",
        replace: "claim.landing.manifest !== null",
      },
    ],
  },
  {
    name: "intents forgotten",
    about: "a commit forgets the intents that wait for another etag than the new one, which may come back",
    breaks: ["a"],
    seed: 3294,
    isRare: true,
    patches: [
      {
        file: LANDING,
        find: "landing.intents.filter((intent) => isOpenIntent(intent, storeTime)),",
        replace: `landing.intents.filter(
      (intent) =>
        intent.token !== manifest.token && manifest.files.some(({ key, etag }) => intent.base[key] === etag),
    ),`,
      },
    ],
  },
  {
    name: "announced by another",
    about: "a publication takes any announcement of its run for its own",
    breaks: ["c"],
    seed: 7431,
    isRare: true,
    patches: [
      {
        file: "src/run/publish-run.ts",
        find: "announced === null || current.next?.seq !== announced.seq",
        replace: "current.next?.run !== plan.run",
      },
    ],
  },
  {
    name: "announced for ever",
    about: "the announcement of a publisher that died keeps every other config out",
    breaks: ["e"],
    seed: 69,
    patches: [
      {
        file: CURRENT,
        find: "    return { ...found!.value, seq: found!.value.seq + 1, next: null };",
        replace: "    throw changesAllTheTime(sink, currentKey(object));",
      },
      { file: CURRENT, find: "import { readDocument, ", replace: "import { changesAllTheTime, readDocument, " },
    ],
  },
  {
    name: "first planners",
    about: "of two first planners of an object, the later takes the ledger of the other for one of version 1",
    breaks: ["e"],
    seed: 17,
    patches: [
      {
        file: "src/ledger/ledger.ts",
        find: "  if ((await readDocument(sink, key, LedgerSchema)) !== null) return;\n  if (isUsed)",
        replace: "  if (isUsed)",
      },
    ],
  },
  {
    name: "too late",
    about: "a publication is sent again however long after its intent, by a process that stood still",
    breaks: ["a"],
    seed: 9578,
    isRare: true,
    patches: [
      { file: COMMIT_LANDING, find: "=> claim.isInTime()", replace: "=> true" },
      { file: LANDING, find: "LATE_WRITE_MS = PUBLISH_MS + 20 * 60_000", replace: "LATE_WRITE_MS = 15 * 60_000" },
    ],
  },
];
