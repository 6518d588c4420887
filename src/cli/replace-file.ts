import { access, constants, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { BronzeError } from "../model/errors.ts";

/** Writes a file that a flag names: what was there stays until the new one is whole. @throws BronzeError USAGE */
export async function replaceFile(flag: string, file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    throw unwritable(flag, cause);
  }
}

/** Before hours of work whose result could not be kept. @throws BronzeError USAGE */
export async function requireFolder(flag: string, file: string): Promise<void> {
  await access(dirname(file), constants.W_OK).catch((cause: unknown) => {
    throw unwritable(flag, cause);
  });
}

function unwritable(flag: string, cause: unknown): BronzeError {
  return new BronzeError("USAGE", `${flag}: ${(cause as Error).message}`, { cause });
}
