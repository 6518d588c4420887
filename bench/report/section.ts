interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A piece of the report: Markdown that reads well as plain text too. */
export interface Section {
  readonly title: string;
  readonly before?: readonly string[];
  readonly table?: Table;
  /** Lines below the table, as a list. */
  readonly notes?: readonly string[];
}

export function renderSection({ title, before = [], table, notes = [] }: Section): string {
  const parts = [`## ${title}`, ...before];
  if (table !== undefined && table.rows.length > 0) parts.push(renderTable(table));
  if (notes.length > 0) parts.push(notes.map((note) => `- ${note}`).join("\n"));
  return `${parts.join("\n\n")}\n`;
}

/** A Markdown table with columns of equal width; all but the first are aligned to the right. */
export function renderTable({ header, rows }: Table): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = header.map((_, column) => Math.max(3, ...cells.map((row) => width(row[column] ?? ""))));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((wide, column) => pad(row[column] ?? "", wide, column > 0)).join(" | ")} |`;
  const rule = `|${widths.map((wide, column) => (column > 0 ? `${"-".repeat(wide + 1)}:` : "-".repeat(wide + 2))).join("|")}|`;
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join("\n");
}

function width(text: string): number {
  return [...text].length;
}

function pad(text: string, wide: number, right: boolean): string {
  const blanks = " ".repeat(Math.max(0, wide - width(text)));
  return right ? blanks + text : text + blanks;
}
