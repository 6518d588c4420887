import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { SinkKind } from "../kind.ts";

export const FILE: SinkKind = {
  form: "file:///folder",

  parse: (text) => {
    try {
      const parsed = new URL(text);
      if (parsed.search !== "" || parsed.hash !== "") return "a '?' or '#' in a folder's name is written %3F or %23";
      const path = resolve(fileURLToPath(parsed));
      const url = pathToFileURL(path).href;
      return { url, root: url, key: "", path };
    } catch {
      return "a folder is written with three slashes and from the root";
    }
  },

  open: async ({ path }) => {
    const { openFileSink } = await import("./sink.ts");
    return openFileSink(path!);
  },
};
