import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("pyarrow_columns.py", import.meta.url));

/** A Python that has pyarrow: PG_BRONZE_PYTHON, else python3. Null when it hasn't, unless PG_BRONZE_REQUIRE_PYARROW=1: then that is an error. */
export function findPyarrow(): string | null {
  const python = process.env["PG_BRONZE_PYTHON"] ?? "python3";
  try {
    execFileSync(python, ["-c", "import pyarrow"], { stdio: "pipe" });
    return python;
  } catch (cause) {
    if (process.env["PG_BRONZE_REQUIRE_PYARROW"] === "1") throw new Error(`${python} has no pyarrow`, { cause });
    return null;
  }
}

/** All columns of a Parquet file as pyarrow reads them, in the terms of `fromVector`, rows ordered by the first column. */
export async function pyarrowColumns(file: string): Promise<Map<string, unknown[]>> {
  const output = execFileSync(findPyarrow()!, [SCRIPT, file], { maxBuffer: 1 << 30, encoding: "utf8" });
  return new Map(Object.entries(JSON.parse(output, revive) as Record<string, unknown[]>));
}

const FIELD_IDS = `
import json, sys, pyarrow as pa, pyarrow.parquet as pq
ids = {}
def note(path, field):
    ids[path] = int((field.metadata or {}).get(b"PARQUET:field_id", b"0"))
    kind = field.type
    if pa.types.is_map(kind):
        note(path + ".key_value.key", kind.key_field)
        note(path + ".key_value.value", kind.item_field)
    elif pa.types.is_list(kind):
        note(path + ".list.element", kind.value_field)
    elif pa.types.is_struct(kind):
        for i in range(kind.num_fields):
            note(path + "." + kind.field(i).name, kind.field(i))
for field in pq.read_schema(sys.argv[1]):
    note(field.name, field)
json.dump(ids, sys.stdout)
`;

/** The field ids that pyarrow finds in a Parquet file, by path; 0 where there is none. */
export function pyarrowFieldIds(file: string): Record<string, number> {
  return JSON.parse(execFileSync(findPyarrow()!, ["-c", FIELD_IDS, file], { encoding: "utf8" })) as Record<string, number>;
}

/** JSON has neither bigint nor NaN: the script writes them as {"int": "…"} and {"float": "…"}. */
function revive(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { int, float, struct } = value as { int?: string; float?: string; struct?: Record<string, unknown> };
  if (int !== undefined) return BigInt(int);
  if (float !== undefined) return Number(float);
  return struct ?? value;
}
