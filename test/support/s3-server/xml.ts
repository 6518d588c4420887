const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/gi, (_, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }[String(name).toLowerCase()]!;
  });
}

export type XmlValue = string | number | boolean | undefined | XmlTree | readonly XmlTree[];
export interface XmlTree {
  readonly [name: string]: XmlValue;
}

/** `{ a: [{ b: 1 }, { b: 2 }] }` becomes `<a><b>1</b></a><a><b>2</b></a>`. */
function content(tree: XmlTree): string {
  return Object.entries(tree)
    .map(([name, value]) => {
      if (value === undefined) return "";
      if (Array.isArray(value)) return value.map((item) => `<${name}>${content(item)}</${name}>`).join("");
      return `<${name}>${typeof value === "object" ? content(value as XmlTree) : escapeXml(String(value))}</${name}>`;
    })
    .join("");
}

export function toXml(tree: XmlTree): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${content(tree)}`;
}

/** The bodies of all elements of that name, nested ones apart: enough for the flat documents that S3's clients send. */
export function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, "g"))].map((match) => match[1]!);
}

export function textOf(xml: string, name: string): string | undefined {
  const found = elements(xml, name)[0];
  return found === undefined ? undefined : unescapeXml(found.trim());
}
