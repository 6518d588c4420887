import { after, before } from "node:test";
import { type Folder, temporaryFolder } from "./extract.ts";
import { type TestDatabase, testDatabase } from "./postgres.ts";

export interface Workplace {
  readonly database: TestDatabase;
  readonly folder: Folder;
}

/** A database and a folder for all tests of a file, or of the suite in which this is called; they are there while those run. */
export function workplace(): Workplace {
  let database: TestDatabase | null = null;
  let folder: Folder | null = null;
  before(async () => {
    folder = await temporaryFolder();
    database = await testDatabase();
  });
  after(async () => {
    await database?.drop();
    await folder?.remove();
  });
  return {
    get database() {
      return database!;
    },
    get folder() {
      return folder!;
    },
  };
}
