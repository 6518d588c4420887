import type { Timely } from "../sink.ts";
import { assertInTime } from "../writer.ts";

/** What is needed of a command of the SDK: its stack of middleware. */
interface Command {
  readonly middlewareStack: {
    add(
      middleware: <A, O>(next: (args: A) => Promise<O>) => (args: A) => Promise<O>,
      options: { readonly step: "deserialize"; readonly priority: "low"; readonly name: string },
    ): void;
  };
}

/** Makes a command ask {@link Timely.inTime} in the innermost step, once for each attempt and after its signature. */
export function inTimeOnly<C extends Command>(command: C, key: string, inTime: Timely["inTime"]): C {
  if (inTime === undefined) return command;
  command.middlewareStack.add(
    (next) => async (args) => {
      assertInTime(key, inTime);
      return next(args);
    },
    { step: "deserialize", priority: "low", name: "inTimeOnly" },
  );
  return command;
}
