import type { CloudWatchLogsClient, GetLogEventsCommandOutput } from "@aws-sdk/client-cloudwatch-logs";
import { BronzeError } from "../../model/errors.ts";
import type { LogLine, LogLines } from "../../run/submitter.ts";

/** GetLogEvents answers with no more than this. Source: CloudWatch Logs API reference. */
const MOST_EVENTS = 10_000;

export interface ReadLogOptions {
  readonly region: string;
  /** The last lines alone; null for all. */
  readonly tail: number | null;
  readonly signal: AbortSignal;
}

/**
 * Reads the log of a job's attempts, the first attempt's first. Loads the AWS SDK.
 * @throws BronzeError ENGINE_FAILED, ENGINE_INVALID that says why it can't be read
 */
export async function readLogLines({ group, streams }: LogLines, { region, tail, signal }: ReadLogOptions): Promise<LogLine[]> {
  const { CloudWatchLogsClient, GetLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
  const client = new CloudWatchLogsClient({
    region,
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 60_000 },
  });
  const page = (logStreamName: string, where: PageOptions): Promise<GetLogEventsCommandOutput> =>
    client.send(new GetLogEventsCommand({ logGroupName: group, logStreamName, ...where }), { abortSignal: signal });
  try {
    if (tail !== null) return await lastLines(streams, page, tail);
    const lines: LogLine[] = [];
    for (const [i, stream] of streams.entries()) lines.push(...(await allLines(stream, i + 1, page)));
    return lines;
  } catch (cause) {
    signal.throwIfAborted();
    throw logError(cause, group);
  } finally {
    (client satisfies CloudWatchLogsClient).destroy();
  }
}

interface PageOptions {
  readonly startFromHead: boolean;
  readonly limit: number;
  readonly nextToken?: string;
}
type Page = (stream: string, where: PageOptions) => Promise<GetLogEventsCommandOutput>;

/** A page may be empty before the end: the end is where a token comes back as it went. Source: GetLogEvents. */
async function allLines(stream: string, attempt: number, page: Page): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  let token: string | undefined;
  for (;;) {
    const answer = await page(stream, { startFromHead: true, limit: MOST_EVENTS, ...tokenOf(token) });
    lines.push(...linesOf(answer, attempt));
    if (answer.nextForwardToken === undefined || answer.nextForwardToken === token) return lines;
    token = answer.nextForwardToken;
  }
}

/** From the last attempt's end backwards, until there are enough. */
async function lastLines(streams: readonly string[], page: Page, tail: number): Promise<LogLine[]> {
  let lines: LogLine[] = [];
  for (let i = streams.length - 1; i >= 0 && lines.length < tail; i--) {
    let token: string | undefined;
    for (;;) {
      const limit = Math.min(MOST_EVENTS, tail - lines.length);
      const answer = await page(streams[i]!, { startFromHead: false, limit, ...tokenOf(token) });
      lines = [...linesOf(answer, i + 1), ...lines];
      if (lines.length >= tail || answer.nextBackwardToken === undefined || answer.nextBackwardToken === token) break;
      token = answer.nextBackwardToken;
    }
  }
  return lines.slice(-tail);
}

function tokenOf(token: string | undefined): { nextToken?: string } {
  return token === undefined ? {} : { nextToken: token };
}

function linesOf({ events = [] }: GetLogEventsCommandOutput, attempt: number): LogLine[] {
  return events.map(({ timestamp = 0, message = "" }) => ({ attempt, at: new Date(timestamp).toISOString(), message }));
}

function logError(cause: unknown, group: string): BronzeError {
  const { name = "", message = String(cause) } = cause as Error;
  const isDenied = /AccessDenied|UnrecognizedClient|ExpiredToken|CredentialsProvider/.test(name);
  const isGone = name === "ResourceNotFoundException";
  const hint = isDenied
    ? `Whoever reads it needs logs:GetLogEvents on the log group ${group}.`
    : isGone
      ? "A log is written a little after its job begins, and kept as long as its group says (90 days)."
      : "CloudWatch Logs could not be reached: look at the network and AWS_REGION.";
  return new BronzeError(isDenied ? "ENGINE_INVALID" : "ENGINE_FAILED", `CloudWatch has no lines for us: ${message || name}`, {
    retryable: !isDenied && !isGone,
    hint,
    cause,
    context: { log_group: group },
  });
}
