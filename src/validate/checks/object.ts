import { fail, pass, skip, warn } from "../report.ts";
import { check } from "./check.ts";

/** Whether the ledger vouches for the object: no manifest means not landed. */
export const landed = check("landed", [], ({ landing }) => {
  if (landing.state === "landed") return pass();
  if (landing.state === "no-ledger") return warn("no ledger was found, so the file is judged by itself");
  const message = "not landed: no manifest in the ledger names this file";
  return landing.required ? fail(message) : warn(message);
});

export const size = check("size", ["file"], ({ bytes, the }) =>
  bytes === the.file.bytes ? pass() : fail(`${bytes} bytes, the manifest says ${the.file.bytes}`),
);

export const sha256 = check("sha256", ["file"], ({ sha256: found, the }) =>
  found === the.file.sha256 ? pass() : fail(`SHA-256 is ${found}, the manifest says ${the.file.sha256}`),
);

/** A copy of the same bytes has another etag, and that is no fault. */
export const etag = check("etag", ["file"], ({ etag: found, sha256: hash, the }) => {
  if (found === null) return skip("the sink tells no etag");
  if (found === the.file.etag) return pass();
  if (hash === the.file.sha256) return warn("the object was written again since it landed, with the same bytes");
  return fail(`the object was replaced since it landed: etag ${found}, the manifest says ${the.file.etag}`);
});
