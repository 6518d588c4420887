import assert from "node:assert/strict";
import { type FileHandle, mkdir, mkdtemp, open, readdir, rename, rm, stat, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { lockOf, withFileLock } from "../../src/sink/file/lock.ts";
import { failsWith } from "../support/fails-with.ts";
import { openFolder } from "./file-place.ts";
import { collect, text } from "./helpers.ts";

const HOUR_MS = 3_600_000;

async function prototypeOfHandles(): Promise<FileHandle> {
  const handle = await open("/dev/null");
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}

describe("a folder", () => {
  it("doesn't hold its lock while the disk is slow: another writer gets through, and the slow one meets its condition", async (t) => {
    const place = await openFolder();
    const { etag } = await place.sink.put("slow", text("0"));
    const handles = await prototypeOfHandles();
    const { sync } = handles;
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let syncs = 0;
    t.mock.method(handles, "sync", async function (this: FileHandle) {
      if (syncs++ === 0) await gate;
      return sync.call(this);
    });
    const slow = place.sink.put("slow", text("slow"), { condition: { etag } }).then(
      () => null,
      (error: unknown) => error,
    );
    while (syncs === 0) await delay(5);
    await place.sink.put("slow", text("quick"), { condition: { etag } });
    release();
    failsWith("SINK_CONFLICT")(await slow);
    assert.equal(Buffer.from((await place.sink.read("slow"))!).toString(), "quick");
    await place.close();
  });

  it("judges a lock by the file system's clock, not by this machine's", async (t) => {
    const place = await openFolder();
    const { etag } = await place.sink.put("locked", text("1"));
    const lock = lockOf(join(place.folder, "locked"));
    await mkdir(lock);
    await writeFile(join(lock, "another"), "");
    const real = Date.now;
    t.mock.method(Date, "now", () => real() + HOUR_MS);
    const waiting = place.sink.put("locked", text("2"), { condition: { etag } });
    await delay(400);
    assert.ok(await stat(join(lock, "another")), "a lock that is a second old is left alone");
    await unlink(join(lock, "another"));
    await waiting;
    await place.close();
  });

  it("takes no step under a lock that another process broke meanwhile, and leaves the other's lock alone", async () => {
    const place = await openFolder();
    const path = join(place.folder, "stopped");
    const lock = lockOf(path);
    const source = join(place.folder, ".pg-bronze-tmp-new");
    await writeFile(source, "new");
    const work = withFileLock(path, source, async (entry) => {
      await unlink(entry);
      await writeFile(join(lock, "another"), "");
      await rename(entry, path);
    });
    await assert.rejects(
      work,
      failsWith("SINK_FAILED", (failure) => assert.equal(failure.retryable, true)),
    );
    assert.deepEqual(await readdir(lock), ["another"]);
    assert.equal(await place.sink.head("stopped"), null);
    await rm(lock, { recursive: true });
    await place.close();
  });

  it("takes keys whose names are as long as a file system allows, with a lock", async () => {
    const place = await openFolder();
    for (const key of ["é".repeat(127), "x".repeat(255)]) {
      await place.sink.put(key, text("1"));
      await place.sink.put(key, text("2"));
      await place.sink.delete(key);
      assert.equal(await place.sink.head(key), null);
    }
    await place.close();
  });

  it("tells the file system's time, and dates objects by it", async (t) => {
    const place = await openFolder();
    const real = Date.now;
    t.mock.method(Date, "now", () => real() - HOUR_MS);
    const { modified } = await place.sink.put("dated", text("1"));
    for (const time of [modified, await place.sink.now()])
      assert.ok(Math.abs(time.getTime() - real()) < 5_000, time.toISOString());
    await place.close();
  });

  it("tells this machine's time where it can't write, and makes no folder for it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "no-folder-"));
    const { openFileSink } = await import("../../src/sink/file/sink.ts");
    const time = await openFileSink(join(folder, "never/made")).now();
    assert.ok(Math.abs(time.getTime() - Date.now()) < 5_000);
    assert.deepEqual(await readdir(folder), []);
    await rm(folder, { recursive: true });
  });

  it("lists no symbolic links: neither files outside nor circles", async () => {
    const place = await openFolder();
    const outside = await mkdtemp(join(tmpdir(), "outside-"));
    await writeFile(join(outside, "secret"), "x");
    await place.sink.put("a/b", text("x"));
    await mkdir(join(place.folder, "links"));
    await symlink(outside, join(place.folder, "links/folder"));
    await symlink(join(outside, "secret"), join(place.folder, "a/file"));
    await symlink(place.folder, join(place.folder, "a/circle"));
    assert.deepEqual(
      (await collect(place.sink.list(""))).map(({ key }) => key),
      ["a/b"],
    );
    assert.deepEqual(await collect(place.sink.listFolders("")), ["a/"]);
    await rm(outside, { recursive: true });
    await place.close();
  });

  it("lets nobody but the owner write its files, whatever the umask allows", async (t) => {
    const place = await openFolder();
    const umask = process.umask(0o002);
    t.after(() => process.umask(umask));
    await place.sink.put("a", text("x"));
    assert.equal((await stat(join(place.folder, "a"))).mode & 0o777, 0o644);
    process.umask(0o077);
    await place.sink.put("b", text("x"));
    assert.equal((await stat(join(place.folder, "b"))).mode & 0o777, 0o600);
    await place.close();
  });
});
