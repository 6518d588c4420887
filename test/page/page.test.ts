import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import type { ReportData } from "../../src/page/contract.ts";
import { gatherReport } from "../../src/page/gather.ts";
import { renderReport } from "../../src/page/page.ts";
import { NOW, openLedger, writeNation } from "../support/written-ledger.ts";

let remove: () => Promise<void>;
let data: ReportData;
before(async () => {
  const ledger = await openLedger();
  remove = ledger.remove;
  await writeNation(ledger.sink);
  data = await gatherReport(ledger.sink, "parcel", null, { now: NOW });
});
after(() => remove());

describe("a report's page", () => {
  it("holds 3,231 counties in less than a megabyte", () => {
    const html = renderReport(data);
    assert.equal(data.shards.id.length, 3231);
    assert.ok(html.length < 1_000_000, `${html.length} bytes`);
  });

  it("allows its own script and style by their digest, and nothing else", () => {
    const html = renderReport(data);
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? "";
    const script = /<script>([\s\S]*)<\/script>/.exec(html)?.[1] ?? "";
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? "";
    const digest = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    assert.ok(policy.startsWith("default-src 'none'; "), policy);
    assert.ok(policy.includes(`script-src ${digest(script)};`) && policy.includes(`style-src ${digest(style)};`));
  });

  it("names no address but that of SVG's namespace", () => {
    const addresses = renderReport(data).match(/\b(https?:)?\/\/[a-z][a-z0-9.-]+/g) ?? [];
    assert.deepEqual([...new Set(addresses)], ["http://www.w3.org"]);
  });

  it("keeps whatever the ledger says within its element", () => {
    const evil = "</script><script>alert(1)</script><!--\u2028";
    const html = renderReport({ ...data, object: evil, sink: evil, tool: `"${evil}` });
    const [before = "", json = ""] =
      /^([\s\S]*?)<script id="data" type="application\/json">([^<]*)<\/script>/.exec(html)?.slice(1) ?? [];
    assert.equal((JSON.parse(json) as ReportData).object, evil);
    assert.equal(before.match(/<script/g), null);
    assert.equal(html.match(/<script/g)?.length, 3);
  });

  it("leaves the outlines out where no shard is a county", () => {
    const { shards } = data;
    const html = renderReport({ ...data, shards: { ...shards, geoid: shards.geoid.map(() => null) } });
    assert.match(html, /<script id="outlines" type="text\/plain"><\/script>/);
  });
});
