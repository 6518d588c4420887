import { existsSync, readFileSync } from "node:fs";
import { BronzeError } from "../../model/errors.ts";

/** Looked for in the working directory; of two files that set one variable the first wins. */
const ENV_FILES = [".env.local", "dev/.env.local"];

/** Takes variables from `.env.local` and `dev/.env.local` into the environment. What is set already stays. */
export async function loadEnvFiles(): Promise<void> {
  const found = ENV_FILES.filter((file) => existsSync(file));
  if (found.length === 0) return;
  const { parse } = await import("dotenv");
  for (const file of found) {
    for (const [name, value] of Object.entries(parse(readText(file)))) {
      if (process.env[name] === undefined) process.env[name] = value;
    }
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new BronzeError("USAGE", `${file} can't be read: ${(cause as Error).message}`, { context: { file }, cause });
  }
}
