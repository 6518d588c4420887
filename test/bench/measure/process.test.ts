import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTimes, runMeasured } from "../../../bench/measure/process.ts";

const node = (script: string) => ({ argv: [process.execPath, "-e", script] });

describe("measuring a whole process", () => {
  it("counts the CPU time of its threads", async () => {
    const burn = "const end = process.cpuUsage().user + 300e3; while (process.cpuUsage().user < end);";
    const threads = `new (require("worker_threads").Worker)(${JSON.stringify(burn)}, { eval: true })`;
    const { cpuMs, exitCode } = await runMeasured(node(threads));
    assert.equal(exitCode, 0);
    assert.ok(cpuMs >= 300, `${cpuMs} ms`);
  });

  it("finds the most memory that was ever resident", { skip: process.platform !== "linux" }, async () => {
    const hold = "globalThis.held = Buffer.alloc(150 << 20, 1); setTimeout(() => {}, 200)";
    const { peakRssBytes } = await runMeasured(node(hold));
    assert.ok(peakRssBytes! > 150 << 20 && peakRssBytes! < 400 << 20, `${peakRssBytes} bytes`);
  });

  it("hands over the exit code, stderr and, when asked for, stdout", async () => {
    const run = await runMeasured(node('console.log("out"); console.error("err"); process.exitCode = 3'), { keepStdout: true });
    assert.equal(run.exitCode, 3);
    assert.equal(run.stdout, "out\n");
    assert.equal(run.stderr, "err\n");
  });

  it("gives the command its environment, and arguments with blanks as they are", async () => {
    const script = "process.stdout.write(process.env.GREETING + process.argv[1])";
    const command = { argv: [process.execPath, "-e", script, "a b'\"$HOME"], env: { GREETING: "hello " } };
    assert.equal((await runMeasured(command, { keepStdout: true })).stdout, "hello a b'\"$HOME");
  });

  it("reads the times that bash prints, with a decimal point or comma", () => {
    assert.deepEqual(parseTimes("1.250 0.700 0.050\n"), { wallMs: 1250, cpuMs: 750 });
    assert.deepEqual(parseTimes("warning\n61,002 0,000 0,001\n"), { wallMs: 61_002, cpuMs: 1 });
    assert.throws(() => parseTimes(""));
  });
});
