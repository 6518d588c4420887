import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface ReceivedMessage {
  readonly topic: string;
  readonly subject: string;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface SnsServer {
  /** What a client needs to reach it. */
  readonly env: Readonly<Record<string, string>>;
  readonly topic: string;
  /** What it took. */
  readonly messages: ReceivedMessage[];
  /** Requests that it refuses from now on, as it would a role without sns:Publish. */
  refuse: boolean;
  close(): Promise<void>;
}

/**
 * Amazon SNS for tests, over plain HTTP: takes Publish as the service's query protocol has it, and refuses what SNS refuses: an unknown
 * topic, no text, a subject of 100 characters or more or with anything but printable ASCII, an attribute without a type.
 */
export async function startSnsServer(topic = "arn:aws:sns:us-east-2:123456789012:pg-bronze-alarms"): Promise<SnsServer> {
  const messages: ReceivedMessage[] = [];
  const state = { refuse: false };
  const server = createServer((request, response) => {
    const answer = (status: number, xml: string): void => {
      response.writeHead(status, { "content-type": "text/xml" });
      response.end(xml);
    };
    const fail = (status: number, code: string, message: string): void =>
      answer(
        status,
        `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>t</RequestId></ErrorResponse>`,
      );
    text(request)
      .then((body) => {
        if (!/\/sns\/aws4_request/.test(request.headers.authorization ?? "")) return fail(403, "IncompleteSignature", "unsigned");
        const form = new URLSearchParams(body);
        if (form.get("Action") !== "Publish") return fail(400, "InvalidAction", String(form.get("Action")));
        if (state.refuse) return fail(403, "AuthorizationError", "not authorized to perform: SNS:Publish");
        if (form.get("TopicArn") !== topic) return fail(404, "NotFound", "Topic does not exist");
        const problem = problemOf(form);
        if (problem !== null) return fail(400, "InvalidParameter", problem);
        messages.push(messageOf(form));
        return answer(
          200,
          `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>message-${messages.length}</MessageId></PublishResult><ResponseMetadata><RequestId>t</RequestId></ResponseMetadata></PublishResponse>`,
        );
      })
      .catch(() => request.socket.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const port = (server.address() as AddressInfo).port;
  return {
    env: { AWS_ENDPOINT_URL_SNS: `http://127.0.0.1:${port}`, PG_BRONZE_TOPIC_ARN: topic },
    topic,
    messages,
    get refuse() {
      return state.refuse;
    },
    set refuse(refuse) {
      state.refuse = refuse;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Source: SNS API reference, Publish. */
function problemOf(form: URLSearchParams): string | null {
  const subject = form.get("Subject") ?? "x";
  if (!/^[!-~][ -~]{0,98}$/.test(subject)) return "Invalid parameter: Subject";
  const message = form.get("Message") ?? "";
  if (message === "") return "Invalid parameter: Empty message";
  return Buffer.byteLength(message) > 262_144 ? "Invalid parameter: Message too long" : null;
}

function messageOf(form: URLSearchParams): ReceivedMessage {
  const attributes: Record<string, string> = {};
  for (let i = 1; form.has(`MessageAttributes.entry.${i}.Name`); i++) {
    const entry = (field: string): string => form.get(`MessageAttributes.entry.${i}.${field}`) ?? "";
    assert.equal(entry("Value.DataType"), "String");
    attributes[entry("Name")] = entry("Value.StringValue");
  }
  return { topic: form.get("TopicArn")!, subject: form.get("Subject")!, text: form.get("Message")!, attributes };
}
