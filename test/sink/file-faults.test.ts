import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { describe, it } from "node:test";
import { lockOf } from "../../src/sink/file/lock.ts";
import { openFileSink } from "../../src/sink/file/sink.ts";
import { removeAbandoned } from "../../src/sink/file/temp.ts";
import { failsWith } from "../support/fails-with.ts";
import { openFolder } from "./file-place.ts";
import { bytesOf, collect } from "./helpers.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const HOUR_MS = 3_600_000;
const run = ["--import", "tsx", "--input-type=module", "-e"];

describe("a folder under faults", () => {
  it("says SINK_FULL on a full disk, and leaves nothing", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "full-disk-"));
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]).status === 0;
    t.after(async () => {
      if (mounted) spawnSync("umount", [folder]);
      await rm(folder, { recursive: true, force: true });
    });
    if (!mounted) return t.skip("mount(2) isn't allowed here: the file size limit below shows the same path");
    const sink = openFileSink(folder);
    const writer = await sink.create("a/big");
    await assert.rejects(
      async () => {
        for (let i = 0; i < 8; i++) await writer.write(bytesOf(1 << 19));
        await writer.publish();
      },
      failsWith("SINK_FULL", (failure) => assert.match(failure.message, /no space left/)),
    );
    assert.deepEqual(await readdir(join(folder, "a")), []);
    await sink.put("small", text("there is space again"));
  });

  it("says SINK_FULL when the file may not grow, and leaves nothing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "full-limit-"));
    const script = `
      import { openFileSink } from "./src/sink/file/sink.ts";
      const writer = await openFileSink(${JSON.stringify(folder)}).create("big");
      try {
        for (let i = 0; i < 8; i++) await writer.write(Buffer.alloc(1 << 19, 1));
      } catch (error) {
        console.log(error.code);
      }
    `;
    // 1 MiB in blocks of 512 bytes; ignoring SIGXFSZ turns it into EFBIG. tsx keeps its cache elsewhere.
    const shell = spawnSync("sh", ["-c", `trap '' XFSZ; ulimit -f 2048; exec "$0" "$@"`, process.execPath, ...run, script], {
      encoding: "utf8",
      env: { ...process.env, TSX_DISABLE_CACHE: "1" },
    });
    assert.equal(shell.stdout.trim(), "SINK_FULL", shell.stderr);
    assert.deepEqual(await readdir(folder), []);
    await rm(folder, { recursive: true });
  });

  it("says SINK_DENIED for a folder that may not be written", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "denied-"));
    await mkdir(join(folder, "a"));
    await chmod(folder, 0o755);
    await chmod(join(folder, "a"), 0o555);
    t.after(() => rm(folder, { recursive: true }));
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    try {
      const sink = openFileSink(folder);
      const denied = failsWith("SINK_DENIED", (failure) => assert.equal(failure.exitCode, 2));
      await assert.rejects(sink.create("a/x"), denied);
      await assert.rejects(sink.put("a/x", text("x")), denied);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it("says KEY_INVALID where a key needs a folder and a file has its name, and the reverse", async () => {
    const place = await openFolder();
    await place.sink.put("a/b", text("x"));
    await assert.rejects(place.sink.put("a/b/c", text("x")), failsWith("KEY_INVALID"));
    await assert.rejects(place.sink.put("a", text("x")), failsWith("KEY_INVALID"));
    assert.equal(await place.sink.read("a"), null);
    assert.equal(await place.sink.head("a"), null);
    await place.sink.delete("a");
    assert.equal((await place.sink.head("a/b"))?.bytes, 1);
    await place.close();
  });

  it("shows nothing of a write that was killed, and clears it away a day later", async () => {
    const place = await openFolder();
    const script = `
      import { openFileSink } from "./src/sink/file/sink.ts";
      const writer = await openFileSink(${JSON.stringify(place.folder)}).create("a/killed");
      await writer.write(Buffer.alloc(1 << 20, 1));
      console.log("written");
      setInterval(() => {}, 1000);
    `;
    const child = spawn(process.execPath, [...run, script], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(await place.sink.head("a/killed"), null);
    assert.deepEqual(await collect(place.sink.list("")), []);
    assert.deepEqual(await collect(place.sink.listFolders("")), []);

    const [left] = await place.leftovers();
    assert.ok(left);
    await (await place.sink.create("a/soon")).publish();
    assert.deepEqual(await place.leftovers(), [left], "a file that may still be written is left alone");
    await removeAbandoned(join(place.folder, "a"), async () => new Date(Date.now() + 23 * HOUR_MS));
    assert.deepEqual(await place.leftovers(), [left]);
    await removeAbandoned(join(place.folder, "a"), async () => new Date(Date.now() + 25 * HOUR_MS));
    await place.close();
  });

  it("clears away a day later what was left in the lock of a killed process", async () => {
    const place = await openFolder();
    const lock = lockOf(join(place.folder, "locked"));
    await mkdir(lock);
    await writeFile(join(lock, "dead"), "");
    await removeAbandoned(place.folder, async () => new Date(Date.now() + 23 * HOUR_MS));
    assert.deepEqual(await readdir(lock), ["dead"]);
    await removeAbandoned(place.folder, async () => new Date(Date.now() + 25 * HOUR_MS));
    await place.close();
  });

  it("lets one of several processes win a conditional put, many times over", { timeout: 60_000 }, async () => {
    const place = await openFolder();
    await place.sink.put("counter", text("0"));
    const script = `
      import { openFileSink } from "./src/sink/file/sink.ts";
      const sink = openFileSink(${JSON.stringify(place.folder)});
      for (let done = 0; done < 40; ) {
        const { etag } = await sink.head("counter");
        const value = Number(Buffer.from(await sink.read("counter")).toString());
        try {
          await sink.put("counter", Buffer.from(String(value + 1)), { condition: { etag } });
          done++;
        } catch (error) {
          if (error.code !== "SINK_CONFLICT") throw error;
        }
      }
    `;
    const children = Array.from({ length: 3 }, () => spawn(process.execPath, [...run, script], { stdio: "inherit" }));
    for (const child of children) {
      const [code] = child.exitCode === null ? await once(child, "exit") : [child.exitCode];
      assert.equal(code, 0);
    }
    assert.equal(Buffer.from((await place.sink.read("counter"))!).toString(), "120");
    await place.close();
  });
});

// Each waits until a lock is stale.
describe("a folder whose lock was left behind", { concurrency: true }, () => {
  for (const [what, step] of [
    ["replace an object", `sink.put("locked", Buffer.from("late"), { condition: { etag } })`],
    ["delete one", `sink.delete("locked", { condition: { etag } })`],
  ] as const) {
    it(`lets no process ${what} that was stopped right before, until its lock was broken`, { timeout: 60_000 }, async () => {
      const place = await openFolder();
      const { etag } = await place.sink.put("locked", text("1"));
      const script = `
        import fs from "node:fs";
        import promises from "node:fs/promises";
        import { syncBuiltinESMExports } from "node:module";
        const path = ${JSON.stringify(join(place.folder, "locked"))};
        const etag = ${JSON.stringify(etag)};
        const stopBefore = (owner, name) => {
          const real = owner[name];
          owner[name] = (...names) => {
            if (names.includes(path)) {
              fs.writeSync(1, "stopped");
              process.kill(process.pid, "SIGSTOP");
            }
            return real(...names);
          };
        };
        for (const name of ["renameSync", "unlinkSync"]) stopBefore(fs, name);
        stopBefore(promises, "rename");
        syncBuiltinESMExports();
        const { openFileSink } = await import("./src/sink/file/sink.ts");
        const sink = openFileSink(${JSON.stringify(place.folder)});
        await ${step}.then(() => console.log("done"), (error) => console.log(error.code, error.retryable));
      `;
      const child = spawn(process.execPath, [...run, script], { stdio: ["ignore", "pipe", "inherit"] });
      const said = textOf(child.stdout);
      await once(child.stdout, "data");
      const next = await place.sink.put("locked", text("2"), { condition: { etag } });
      child.kill("SIGCONT");
      assert.equal(await said, "stoppedSINK_FAILED true\n");
      assert.equal((await place.sink.head("locked"))?.etag, next.etag);
      await place.close();
    });
  }

  it("breaks the lock of a process that died while it held it", async () => {
    const place = await openFolder();
    const { etag } = await place.sink.put("locked", text("1"));
    const lock = lockOf(join(place.folder, "locked"));
    await mkdir(lock);
    await writeFile(join(lock, "dead"), "");
    const tries = await Promise.allSettled(
      Array.from({ length: 5 }, (_, i) => place.sink.put("locked", text(String(i)), { condition: { etag } })),
    );
    assert.equal(tries.filter(({ status }) => status === "fulfilled").length, 1);
    await place.close();
  });
});
