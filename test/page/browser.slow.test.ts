import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import type { ReportData } from "../../src/page/contract.ts";
import { gatherReport } from "../../src/page/gather.ts";
import { NOW, openLedger, writeNation } from "../support/written-ledger.ts";
import { type OpenReport, openBrowser, openReport, withoutChromium } from "./browser.ts";

const TRAVIS = '.counties path[data-geoid="48453"]';

const textsOf = (page: Page, selector: string) => page.locator(selector).allTextContents();
/** A computed style. The script is text because the DOM's types are not those of tests. */
const styleOf = (page: Page, selector: string, property: string) =>
  page.evaluate<string>(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).${property}`);
const fillOf = (page: Page, selector: string) => styleOf(page, selector, "fill");

describe("a report in the browser", { skip: withoutChromium }, () => {
  let browser: Browser;
  let remove: () => Promise<void>;
  let data: ReportData;
  let report: OpenReport;
  let page: Page;
  before(async () => {
    const ledger = await openLedger();
    remove = ledger.remove;
    await writeNation(ledger.sink);
    data = await gatherReport(ledger.sink, "parcel", null, { now: NOW });
    browser = await openBrowser();
    report = await openReport(browser, data);
    page = report.page;
  });
  after(async () => {
    await report?.close();
    await browser?.close();
    await remove?.();
  });

  it("opens from disk without a request or a complaint", async () => {
    assert.equal(await page.locator("h1").textContent(), "parcel 2026-11-30");
    assert.equal(await page.locator(".counties path").count(), 3231);
    assert.deepEqual(report.complaints, []);
  });

  it("shows county, state, status, figures and reason under the pointer", async () => {
    const index = data.shards.status.indexOf("failed");
    const failed = `.counties path[data-geoid="${data.shards.geoid[index]}"]`;
    await page.locator(failed).hover({ force: true });
    const text = (await page.locator(".tooltip").textContent()) ?? "";
    assert.match(text, /County .*Alabama · 01.*Failed.*Rows expected.*Duration/);
    assert.ok(text.includes(data.shards.message[index]!), text);
    await page.locator("h1").hover();
    assert.equal(await page.locator(".tooltip").isVisible(), false);
  });

  it("colours the map by what was chosen, with a legend for it", async () => {
    const landed = data.shards.geoid[data.shards.status.indexOf("landed")];
    const county = `.counties path[data-geoid="${landed}"]`;
    const fills = new Set([await fillOf(page, county)]);
    for (const measure of ["rows", "bytes", "duration", "change"]) {
      const legend = await textsOf(page, ".legend li");
      await page.locator(`[data-measure=${measure}]`).click();
      assert.equal(await page.locator(`[data-measure=${measure}]`).getAttribute("aria-pressed"), "true");
      assert.notDeepEqual(await textsOf(page, ".legend li"), legend);
      fills.add(await fillOf(page, county));
    }
    assert.ok(fills.size >= 3, [...fills].join(" "));
    await page.locator("[data-measure=status]").click();
  });

  it("sorts the table by any column from the keyboard, both ways, with empty cells last", async () => {
    const column = (await textsOf(page, "thead th")).indexOf("Rows");
    const values = async () =>
      (await textsOf(page, `tbody td:nth-child(${column + 1})`)).map((text) => Number(text.replaceAll(",", "")));
    await page.locator("th[data-column=rows] button").press("Enter");
    assert.equal(await page.locator("th[data-column=rows]").getAttribute("aria-sort"), "descending");
    const largest = Math.max(...data.shards.rows.map((rows) => rows ?? 0));
    const descending = await values();
    assert.equal(descending[0], largest);
    assert.deepEqual(
      descending,
      [...descending].sort((one, other) => other - one),
    );
    await page.locator("th[data-column=rows] button").press("Space");
    assert.equal(await page.locator("th[data-column=rows]").getAttribute("aria-sort"), "ascending");
    const ascending = await values();
    assert.deepEqual(
      ascending,
      [...ascending].sort((one, other) => one - other),
    );
    assert.equal(await page.locator("th[aria-sort]").count(), 1);
  });

  it("shows 100 rows, and all 3,231 when asked", async () => {
    assert.equal(await page.locator("tbody tr").count(), 100);
    await page.locator(".more").click();
    assert.equal(await page.locator("tbody tr").count(), 3231);
  });

  it("narrows the table by status, reason, state and search, and shows the state's part of the map", async () => {
    const rows = page.locator("tbody tr");
    await page.locator("[data-status=lost]").click();
    assert.equal(await rows.count(), data.shards.status.filter((status) => status === "lost").length);
    await page.locator("[data-status=lost]").click();
    await page.locator(".reason .link").first().click();
    assert.equal(await rows.count(), data.reasons[0]!.count);
    await page.locator(".chip").click();
    const country = await page.locator(".map").getAttribute("viewBox");
    await page.locator("select").selectOption({ label: "Texas" });
    assert.notEqual(await page.locator(".map").getAttribute("viewBox"), country);
    assert.match((await page.locator("[role=status]").textContent()) ?? "", /^254 counties, /);
    await page.locator("input").fill("travis");
    assert.deepEqual(await rows.evaluateAll((all) => all.map((row) => row.getAttribute("data-shard"))), ["48453"]);
    await page.locator("input").fill("");
    await page.locator(TRAVIS).click({ force: true });
    assert.equal(await rows.count(), 1);
    assert.deepEqual(report.complaints, []);
  });
});

describe("a report in other circumstances", { skip: withoutChromium }, () => {
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser?.close());

  it("is dark where people want it dark, with other colours on the map", async () => {
    const [light, dark] = await Promise.all(
      (["light", "dark"] as const).map(async (colorScheme) => {
        const { page, complaints, close } = await openReport(browser, counties(), { colorScheme });
        const background = await styleOf(page, "body", "backgroundColor");
        const landed = await fillOf(page, TRAVIS);
        assert.deepEqual(complaints, []);
        await close();
        return { background, landed };
      }),
    );
    const brightness = (colour: string) => Math.max(...(colour.match(/\d+/g) ?? []).map(Number));
    assert.ok(brightness(light!.background) > 230 && brightness(dark!.background) < 40);
    assert.notEqual(light!.landed, dark!.landed);
  });

  it("of a single table has no map, and one row", async () => {
    const { page, complaints, close } = await openReport(browser, single());
    assert.deepEqual(
      [await page.locator(".map").count(), await page.locator("tbody tr").count(), await page.locator("select").count()],
      [0, 1, 0],
    );
    assert.match((await page.locator(".verdict").textContent()) ?? "", /Complete/);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("of a run that has not begun, and of one without shards, still opens", async () => {
    const none = Object.fromEntries(Object.keys(counties().shards).map((name) => [name, []]));
    for (const shards of [
      none,
      { ...single().shards, status: ["missing"], rows: [null], bytes: [null], startedAt: [null], endedAt: [null] },
    ]) {
      const { page, complaints, close } = await openReport(browser, { ...counties(), shards } as unknown as ReportData);
      assert.match((await page.locator(".verdict").textContent()) ?? "", /Incomplete/);
      assert.deepEqual(complaints, []);
      await close();
    }
  });

  it("reads nothing that the ledger says as markup", async () => {
    const evil = `</script><img src=x onerror="document.title='owned'"><b>`;
    const { shards } = counties();
    const column = [evil];
    const { page, complaints, close } = await openReport(browser, {
      ...counties(),
      ...{ object: evil, run: evil, sink: evil, snapshotDt: evil, tool: evil, published: { run: evil, snapshotDt: evil } },
      shards: {
        ...shards,
        id: column,
        geoid: [null],
        source: column,
        state: column,
        status: ["failed"],
        message: column,
        reason: [0],
      },
      reasons: [{ code: evil, message: evil, hint: evil, retryable: false, count: 1 }],
    });
    assert.equal(await page.locator("img, b:not(.status b)").count(), 0);
    assert.equal(await page.locator(".reason .message").textContent(), evil);
    assert.equal(await page.locator(".reason code").textContent(), evil);
    assert.doesNotMatch(await page.title(), /^owned$/);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("fits a telephone without scrolling sideways", async () => {
    const { page, close } = await openReport(browser, counties(), { width: 360 });
    assert.ok((await page.evaluate<number>("document.documentElement.scrollWidth")) <= 360);
    await close();
  });
});

/** One county, landed. */
function counties(): ReportData {
  return {
    ...{ object: "parcel", run: "r", snapshotDt: "2026-11-30", sink: "s3://bronze", tool: "pg-bronze 0.1.0" },
    createdAt: NOW.getTime() - 60_000,
    cancelledAt: null,
    generatedAt: NOW.getTime(),
    published: null,
    previous: null,
    effort: { estimated: "about 360,000 rows", actual: "360,000 rows", figures: {} },
    reasons: [],
    shards: {
      ...{ id: ["48453"], geoid: ["48453"], state: ["TX"], source: ["public.tx_travis"], status: ["landed"] },
      ...{ rows: [360_000], bytes: [81_000_000], rowsExpected: [360_000], rowsBefore: [null], bytesBefore: [null] },
      ...{
        startedAt: [NOW.getTime() - 50_000],
        endedAt: [NOW.getTime() - 9_000],
        attempts: [1],
        message: [null],
        reason: [null],
      },
    },
  };
}

function single(): ReportData {
  const data = counties();
  return { ...data, object: "verse", shards: { ...data.shards, id: ["verse"], geoid: [null], state: [null], source: ["query"] } };
}
