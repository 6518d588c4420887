import { scrub, scrubData } from "../../model/secrets.ts";
import type { Facts, Level, Talk } from "../command.ts";

export type LogLevel = Level | "silent";

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

export interface TalkOptions {
  readonly format: "text" | "json";
  readonly level: LogLevel;
}

/** Opens the talk on stderr. The libraries that draw or log are loaded only for the format that needs them. */
export async function openTalk(options: TalkOptions): Promise<Talk> {
  if (options.format === "json") return jsonTalk(options);
  // A terminal that doesn't know its width (a bare `docker run -t`, `script`) can't take lines back.
  const canRedraw = process.stderr.isTTY === true && process.stderr.columns > 0;
  return canRedraw && options.level !== "silent" ? terminalTalk(options) : textTalk(options);
}

async function jsonTalk({ level }: TalkOptions): Promise<Talk> {
  const { pino } = await import("pino");
  let spoken = false;
  const logger = pino(
    {
      level,
      base: null,
      messageKey: "message",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (line: string) => {
        spoken = true;
        process.stderr.write(line);
      },
    },
  );
  return {
    format: "json",
    get spoken() {
      return spoken;
    },
    say: (at, event, text, facts = {}) => logger[at]({ event, ...scrubData(facts) }, scrub(text)),
    status: () => {},
    close: () => {},
  };
}

function textTalk({ level }: TalkOptions): Talk {
  let spoken = false;
  return {
    format: "text",
    get spoken() {
      return spoken;
    },
    say: (at, _event, text) => {
      if (RANK[at] < RANK[level]) return;
      spoken = true;
      process.stderr.write(`${scrub(text)}\n`);
    },
    status: () => {},
    close: () => {},
  };
}

async function terminalTalk(options: TalkOptions): Promise<Talk> {
  const { default: ora } = await import("ora");
  const lines = textTalk(options);
  // Raw mode and a hidden cursor would outlive a second Ctrl-C.
  const spinner = ora({ stream: process.stderr, discardStdin: false, hideCursor: false });
  return {
    format: "text",
    get spoken() {
      return lines.spoken;
    },
    say(at: Level, event: string, text: string, facts?: Facts) {
      if (RANK[at] < RANK[options.level]) return;
      const spinning = spinner.isSpinning;
      if (spinning) spinner.clear();
      lines.say(at, event, text, facts);
      if (spinning) spinner.render();
    },
    status(text) {
      if (RANK[options.level] > RANK.info) return;
      spinner.text = scrub(text);
      if (!spinner.isSpinning) spinner.start();
    },
    close() {
      spinner.stop();
    },
  };
}
