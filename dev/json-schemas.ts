import { z } from "zod";
import { RegistrySchema } from "../src/config/registry.ts";
import { ObjectConfigSchema } from "../src/patterns/index.ts";

/** The schemas that editors read, by file name in `config/`. `npm run schema` writes them. */
export const JSON_SCHEMAS: Readonly<Record<string, () => string>> = {
  "object-config.schema.json": () => render(ObjectConfigSchema, "pg-bronze object config"),
  "registry.schema.json": () => render(RegistrySchema, "pg-bronze registry"),
};

const ENV_REFERENCE = { type: "string", pattern: "\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}" } as const;

/** Draft 7, which the YAML language server reads. What a key accepts it also accepts as `${NAME}`. */
function render(schema: z.ZodType, title: string): string {
  const json = z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    override: ({ jsonSchema, path }) => path.at(-1) !== "propertyNames" && acceptReference(jsonSchema),
  });
  const { $schema, ...rest } = json;
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

function acceptReference(node: z.core.JSONSchema.BaseSchema): void {
  const scalar = node.type === "integer" || node.type === "number" || node.type === "boolean";
  const narrowText =
    node.type === "string" && (node.enum !== undefined || node.pattern !== undefined || node.format !== undefined);
  if (!scalar && !narrowText) return;
  const { description, default: fallback, ...narrow } = node;
  for (const key of Object.keys(node)) delete node[key];
  // `null` as it is written is YAML's null, and read as the word.
  const alsoNull = narrow.enum?.includes("null") ? [{ type: "null" as const }] : [];
  node.anyOf = [narrow, ...alsoNull, { ...ENV_REFERENCE }];
  if (description !== undefined) node.description = description;
  if (fallback !== undefined) node.default = fallback;
}
