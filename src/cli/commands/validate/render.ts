import type { FileReport, ValidationReport } from "../../../validate/report.ts";
import { bytes, counted, duration, table } from "../../render/format.ts";

export function failedChecks(file: FileReport): string[] {
  return file.checks.filter((check) => check.status === "fail").map((check) => `${check.check}: ${check.message}`);
}

export function fileLine(file: FileReport): string {
  const figures = [
    file.rows === null ? "" : counted(file.rows, "row"),
    file.bytes === null ? "" : bytes(file.bytes),
    duration(file.duration_ms),
  ];
  return `${file.verdict === "pass" ? "ok" : "FAILED"} ${file.file} (${figures.filter((figure) => figure !== "").join(", ")})`;
}

export async function reportText({ files, summary }: ValidationReport): Promise<string> {
  const parts: string[] = [];
  for (const file of files) {
    const notable = file.checks.filter((check) => check.status !== "pass");
    const passed = file.checks.length - notable.length;
    const rows = notable.map((check) => [`  ${check.status}`, check.check, check.message ?? ""]);
    parts.push(
      `${fileLine(file)}\n  ${passed} of ${file.checks.length} checks passed${rows.length === 0 ? "" : `\n${await table(rows)}`}`,
    );
  }
  const skipped = summary.not_validated > 0 ? `, ${summary.not_validated} not looked at` : "";
  const warned = summary.warnings > 0 ? `, ${summary.warnings} warnings` : "";
  parts.push(
    `${summary.passed} passed, ${summary.failed} failed${skipped}${warned}: ${counted(summary.rows, "row")}, ${bytes(summary.bytes)}`,
  );
  return `${parts.join("\n")}\n`;
}
