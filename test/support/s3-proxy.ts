import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import type { Wire } from "./sink-place.ts";

export interface S3Proxy extends Wire {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** PutObject, and CompleteMultipartUpload. */
function publishes({ method, url = "" }: IncomingMessage): boolean {
  return method === "PUT" ? !/[?&](partNumber|uploadId)=/.test(url) : method === "POST" && /[?&]uploadId=/.test(url);
}

/**
 * Passes requests on to a store that speaks S3, and loses the answers of those that publish an object, or holds these requests back
 * until the client has given them up.
 */
export async function startS3Proxy(endpoint: string): Promise<S3Proxy> {
  const { hostname, port } = new URL(endpoint);
  let losing = 0;
  let held: (() => Promise<void>)[] | null = null;

  /** Host and path stay as the client signed them. */
  async function pass(
    { method, url, rawHeaders }: IncomingMessage,
    body: Buffer,
    client?: ServerResponse,
  ): Promise<{ reply: IncomingMessage; body: Buffer }> {
    const upstream = send({ hostname, port, method, path: url, headers: headersOf(rawHeaders), agent: false });
    // A client that hangs up cuts the line to the store, too.
    client?.once("close", () => upstream.destroy());
    upstream.end(body);
    const [reply] = (await once(upstream, "response")) as [IncomingMessage];
    return { reply, body: await whole(reply) };
  }

  const server = createServer(async (request, response) => {
    try {
      const body = await whole(request);
      const faulty = publishes(request);
      if (faulty && held !== null) {
        held.push(async () => void (await pass(request, body)));
        request.socket.destroy();
        return;
      }
      const answer = await pass(request, body, response);
      if (faulty && losing-- > 0) {
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.reply.statusCode!, answer.reply.rawHeaders);
      response.end(answer.body);
    } catch {
      request.socket.destroy();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswers: (times) => {
      losing = times;
    },
    holdBack: () => {
      const requests: (() => Promise<void>)[] = [];
      held = requests;
      return async () => {
        held = null;
        for (const arrive of requests) await arrive();
      };
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function headersOf(raw: readonly string[]): Record<string, string> {
  return Object.fromEntries(raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1]!]] : [])));
}

async function whole(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
