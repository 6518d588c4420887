import type { SubmitterSpec } from "../submit/contract.ts";
import type { FlagName, FlagValues } from "./flags/flags.ts";

/** A command as help shows it, and where its work begins. */
export interface CommandSpec {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What it does and what it leaves behind, for the command's own help. */
  readonly description: string;
  /** `[targets...]`, with what it means. */
  readonly argument?: { readonly name: string; readonly help: string };
  readonly flags: readonly FlagName[];
  readonly examples: readonly { readonly line: string; readonly does: string }[];
  /** Loads the command's work: the one lazy import of a command. Help and usage errors never wait for it. */
  load(): Promise<CommandAction>;
}

/** Does the work and returns its result; prints nothing of it and sets no exit code. Errors are thrown. */
export type CommandAction = (input: CommandInput) => Promise<CommandResult>;

/** What a command comes to. `run-command.ts` prints it, as a document or as text, and exits with its code. */
export interface CommandResult {
  readonly exitCode: ExitCode;
  /** What `--json` prints, below `version`, `command` and `exit_code`. */
  readonly document: object;
  /** What people get on stdout, with its line ends. Called only when it is printed. */
  text(): string | Promise<string>;
}

/** 0 all well · 1 a shard or a check failed · 2 usage, config or set-up */
export type ExitCode = 0 | 1 | 2;

export interface CommandInput {
  readonly flags: FlagValues;
  /** Flags that stood on the command line, not in a variable. */
  readonly typed: ReadonlySet<FlagName>;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Everything that can run the jobs of a run. */
  readonly submitters: readonly SubmitterSpec[];
  readonly talk: Talk;
  /** Prints a part of the text before the result is there; does nothing under `--json`. */
  printPart(text: string): void;
  /** Aborted with a BronzeError CANCELLED on the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
}

export type Level = "debug" | "info" | "warn" | "error";
/** Flat, but for what a reader of logs wants nested (CloudWatch's `_aws`). */
export type Facts = Readonly<Record<string, string | number | boolean | null | undefined | object>>;

/** What goes to stderr: lines for people, or one JSON object a line for machines. */
export interface Talk {
  readonly format: "text" | "json";
  /** True once an event was printed. */
  readonly spoken: boolean;
  /** One event: `facts` are for machines, `text` is the sentence for people. */
  say(level: Level, event: string, text: string, facts?: Facts): void;
  /** What is going on right now: replaces the line before on a terminal, and is not shown elsewhere. */
  status(text: string): void;
  /** Ends the status line. */
  close(): void;
}
