import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Talk } from "../../src/cli/command.ts";
import { planningTold } from "../../src/cli/render/extract-events.ts";

function listen(format: Talk["format"]) {
  const said: string[] = [];
  const shown: string[] = [];
  const talk: Talk = {
    format,
    spoken: false,
    say: (level, event, text) => void said.push(`${level} ${event} ${text}`),
    status: (text) => void shown.push(text),
    close: () => {},
  };
  const planning = planningTold(talk);
  for (const reading of ["the lookup of parcel", "public.tx_dallas"]) planning({ object: "parcel", reading });
  return { said, shown };
}

describe("while a run is planned", () => {
  it("a terminal shows what is read right now, and a log gets one line", () => {
    const shown = ["planning: reading the lookup of parcel", "planning: reading public.tx_dallas"];
    assert.deepEqual(listen("json"), { said: ["info planning planning: reading the lookup of parcel"], shown });
    assert.deepEqual(listen("text"), { said: ["debug planning planning: reading the lookup of parcel"], shown });
  });
});
