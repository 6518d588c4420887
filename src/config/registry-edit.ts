import { parseDocument } from "yaml";
import { BronzeError } from "../model/errors.ts";

/**
 * A registry with one more object; comments and order stay as they are.
 * @param text null where there is no registry yet
 * @throws BronzeError CONFIG_INVALID when the text is no registry, or has the object already
 */
export function withObject(text: string | null, object: string, config: string, schemaPath: string): string {
  if (text === null) return `# yaml-language-server: $schema=${schemaPath}\nobjects:\n  ${object}:\n    config: ${config}\n`;
  const document = parseDocument(text);
  if (document.errors.length > 0 || !document.hasIn(["objects"])) {
    throw new BronzeError("CONFIG_INVALID", "config/registry.yaml can't be read as a registry", {
      hint: "Correct it: pg-bronze doctor says where it is wrong.",
    });
  }
  if (document.hasIn(["objects", object])) return text;
  document.setIn(["objects", object], document.createNode({ config }));
  return document.toString({ lineWidth: 0 });
}
