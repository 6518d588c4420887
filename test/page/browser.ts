import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import type { ReportData } from "../../src/page/contract.ts";
import { renderReport } from "../../src/page/page.ts";

const CHROMIUM = process.env["PG_BRONZE_CHROMIUM"] ?? "/usr/bin/chromium";

/** Why tests in a browser are left out on this machine; false where they run, or have to. */
export const withoutChromium =
  process.env["PG_BRONZE_REQUIRE_CHROMIUM"] !== "1" && !existsSync(CHROMIUM) && `no ${CHROMIUM} here`;

export function openBrowser(): Promise<Browser> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath: CHROMIUM, args: ["--headless", "--no-sandbox", "--disable-gpu", ...quiet] });
}

export interface OpenReport {
  readonly page: Page;
  /** Everything on the console, uncaught errors, and requests for anything but the page itself. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Opens a report from disk, as people do. */
export async function openReport(
  browser: Browser,
  data: ReportData,
  options: { readonly colorScheme?: "light" | "dark"; readonly width?: number } = {},
): Promise<OpenReport> {
  const folder = await mkdtemp(join(tmpdir(), "report-page-"));
  const file = join(folder, "run.html");
  await writeFile(file, renderReport(data));
  const viewport = { width: options.width ?? 1360, height: 1000 };
  const page = await browser.newPage({ colorScheme: options.colorScheme ?? "light", viewport });
  const complaints: string[] = [];
  const url = pathToFileURL(file).href;
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (request.url() !== url) complaints.push(request.url());
  });
  await page.goto(url);
  const close = async (): Promise<void> => {
    await page.close();
    await rm(folder, { recursive: true });
  };
  return { page, complaints, close };
}
