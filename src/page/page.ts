import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ReportData } from "./contract.ts";
import { readOutlines } from "./outlines.ts";

/** The page's scripts in the order in which they run, as one script. */
const SCRIPTS = [
  "dom",
  "format",
  "model",
  "outlines",
  "scales",
  "header",
  "map",
  "tooltip",
  "failures",
  "timings",
  "table",
  "main",
];
const STYLES = ["base", "parts", "map", "table"];

/**
 * One HTML page that needs nothing else: no network, no fonts, no other file. The run's data stand in it as JSON and reach the document as
 * text, never as markup; the page's policy lets only its own script and style run, by their SHA-256, and nothing load.
 */
export function renderReport(data: ReportData): string {
  const script = `(() => {\n"use strict";\n${SCRIPTS.map((name) => pageFile(`${name}.js`)).join("\n")}\n})();`;
  const style = STYLES.map((name) => pageFile(`${name}.css`)).join("\n");
  const outlines = data.shards.geoid.some((geoid) => geoid !== null) ? readOutlines() : "";
  const policy = `default-src 'none'; script-src '${digest(script)}'; style-src '${digest(style)}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${escapeHtml(data.tool)}">
<link rel="icon" href="data:,">
<title>${escapeHtml(`${data.object} ${data.snapshotDt} · run ${data.run}`)}</title>
<style>${style}</style>
</head>
<body>
<noscript>This report draws itself from the data within it, and needs JavaScript for that.</noscript>
<script id="data" type="application/json">${embed(JSON.stringify(data))}</script>
<script id="outlines" type="text/plain">${embed(outlines)}</script>
<script>${script}</script>
</body>
</html>
`;
}

function pageFile(name: string): string {
  return readFileSync(new URL(`assets/${name}`, import.meta.url), "utf8");
}

/** Text that can't end the script element it stands in, nor begin a comment there; in JSON the escape means the same character. */
function embed(text: string): string {
  return text.replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A source of a content security policy. Source: Content Security Policy Level 3, section 2.3.1. */
function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
