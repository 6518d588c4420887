import type { Facts, Talk } from "../command.ts";

/** A talk whose every event carries these facts too; `facts` is asked at each event. */
export function withFacts(talk: Talk, facts: Facts | (() => Facts)): Talk {
  const known = typeof facts === "function" ? facts : () => facts;
  return {
    format: talk.format,
    get spoken() {
      return talk.spoken;
    },
    say: (level, event, text, more) => talk.say(level, event, text, { ...known(), ...more }),
    status: (text) => talk.status(text),
    close: () => talk.close(),
  };
}
