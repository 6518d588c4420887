import { runStatus } from "../../src/ledger/status.ts";
import { openSink } from "../../src/sink/open.ts";
import { OBJECT, RUN } from "../support/ledger-samples.ts";

/** Reads the status of the sample run in the sink at argv[2]; prints how many shards landed and the process's peak memory in bytes. */
const sink = await openSink(process.argv[2]!, { env: {} });
const status = await runStatus(sink, OBJECT, RUN);
const landed = status?.shards.filter(({ manifest }) => manifest !== null).length;
process.stdout.write(JSON.stringify({ landed, peakBytes: process.resourceUsage().maxRSS * 1024 }));
