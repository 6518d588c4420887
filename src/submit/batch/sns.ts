import { BronzeError } from "../../model/errors.ts";
import type { Message, Messenger } from "../contract.ts";

/** Names the topic of the messages, for jobs that follow runs. */
export const TOPIC_VARIABLE = "PG_BRONZE_TOPIC_ARN";

/** SNS takes 256 KiB of text, and 99 characters of ASCII for a mail's subject. Source: SNS API reference, Publish. */
const MAX_SUBJECT = 99;

/** Sends messages to the topic that the environment names; null where it names none. Loads the AWS SDK with the first one. */
export function messenger(env: Readonly<Record<string, string | undefined>>): Messenger | null {
  const topic = env[TOPIC_VARIABLE]?.trim();
  return topic ? { send: (message) => publish(topic, message) } : null;
}

async function publish(topic: string, { subject, text, attributes }: Message): Promise<string> {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const { PublishCommand, SNSClient } = await import("@aws-sdk/client-sns");
  // arn:aws:sns:us-east-2:123456789012:name
  const region = topic.split(":")[3];
  const client = new SNSClient({
    ...(region ? { region } : {}),
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 30_000 },
  });
  try {
    const published = await client.send(
      new PublishCommand({
        TopicArn: topic,
        Subject: subject.replace(/[^ -~]/g, "?").slice(0, MAX_SUBJECT),
        Message: text,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [name, { DataType: "String", StringValue: value }]),
        ),
      }),
    );
    return published.MessageId ?? "";
  } catch (cause) {
    throw new BronzeError("NOTICE_FAILED", `The message could not be sent to ${topic}: ${(cause as Error).message}`, {
      retryable: true,
      hint: `Look at ${TOPIC_VARIABLE}, and whether the job's role may do sns:Publish on it.`,
      context: { topic },
      cause,
    });
  } finally {
    client.destroy();
  }
}
