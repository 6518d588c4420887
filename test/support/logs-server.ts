import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

interface GetLogEvents {
  readonly logGroupName?: string;
  readonly logStreamName?: string;
  readonly startFromHead?: boolean;
  readonly limit?: number;
  readonly nextToken?: string;
}

export interface LogsServer {
  readonly env: Readonly<Record<string, string>>;
  readonly requests: GetLogEvents[];
  /** Group → stream → lines. */
  readonly groups: Map<string, Map<string, string[]>>;
  /** Answers everything with AccessDenied. */
  deny: boolean;
  close(): Promise<void>;
}

/**
 * GetLogEvents of CloudWatch Logs for tests, over plain HTTP and its JSON protocol. It pages as the service does: at most `pageLines` in an
 * answer, an empty page now and then in the middle, and the end told by a token that comes back as it went. It refuses what the service
 * refuses: unknown groups and streams, limits beyond 10,000, a token for the other direction.
 */
export async function startLogsServer({ pageLines = 3 } = {}): Promise<LogsServer> {
  const groups = new Map<string, Map<string, string[]>>();
  const requests: GetLogEvents[] = [];
  const state = { deny: false };
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(body));
    };
    const fail = (status: number, type: string, message: string): void => answer(status, { __type: type, message });
    json(request)
      .then((body) => {
        const input = body as GetLogEvents;
        if (request.headers["x-amz-target"] !== "Logs_20140328.GetLogEvents") return fail(400, "UnknownOperationException", "?");
        if (!/\/logs\/aws4_request/.test(request.headers.authorization ?? ""))
          return fail(400, "IncompleteSignature", "unsigned");
        if (state.deny) return fail(400, "AccessDeniedException", "not authorized to perform: logs:GetLogEvents");
        requests.push(input);
        const lines = groups.get(input.logGroupName ?? "")?.get(input.logStreamName ?? "");
        if (lines === undefined) return fail(400, "ResourceNotFoundException", "The specified log stream does not exist.");
        return pageOf(input, lines, pageLines, answer, fail);
      })
      .catch(() => request.socket.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    env: { AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    requests,
    groups,
    get deny() {
      return state.deny;
    },
    set deny(deny) {
      state.deny = deny;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Tokens: `f/<first line>/<page>` and `b/<line after the last>/<page>`. Every second page is empty and moves nothing but the page. */
function pageOf(
  { startFromHead = false, limit = 10_000, nextToken }: GetLogEvents,
  lines: readonly string[],
  pageLines: number,
  answer: (status: number, body: object) => void,
  fail: (status: number, type: string, message: string) => void,
): void {
  if (!(limit >= 1 && limit <= 10_000)) {
    fail(400, "InvalidParameterException", "limit");
    return;
  }
  const [, direction, at = "", page = ""] =
    /^([fb])\/(\d+)\/(\d+)$/.exec(nextToken ?? `${startFromHead ? "f/0" : `b/${lines.length}`}/0`) ?? [];
  if (direction !== (startFromHead ? "f" : "b")) {
    fail(400, "InvalidParameterException", "The specified nextToken is invalid.");
    return;
  }
  const [place, number] = [Number(at), Number(page)];
  const isEnd = startFromHead ? place >= lines.length : place === 0;
  const size = number % 2 === 1 ? 0 : Math.min(limit, pageLines);
  const [from, to] = startFromHead ? [place, Math.min(lines.length, place + size)] : [Math.max(0, place - size), place];
  const events = lines
    .slice(from, to)
    .map((message, i) => ({ timestamp: 1_795_000_000_000 + from + i, message, ingestionTime: 0 }));
  const next = (letter: string, where: number): string =>
    isEnd ? `${letter}/${where}/${number}` : `${letter}/${where}/${number + 1}`;
  answer(200, { events, nextForwardToken: next("f", to), nextBackwardToken: next("b", from) });
}
