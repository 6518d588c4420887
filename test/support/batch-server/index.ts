import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import type { ComputeEnvironmentDetail, JobQueueDetail } from "@aws-sdk/client-batch";
import { testComputeEnvironment } from "./account.ts";
import type { RunAttempt } from "./attempt.ts";
import { createEngine, type Engine } from "./engine.ts";
import { BatchError } from "./errors.ts";
import { createFaults, type Faults } from "./faults.ts";
import type { Definition } from "./job.ts";
import { type Lag, OPERATIONS } from "./operations.ts";
import type { Account } from "./submission.ts";

export { testComputeEnvironment, testDefinition, testQueue } from "./account.ts";
export { type Attempt, processRunner, type RunAttempt } from "./attempt.ts";
export { ENDS, START_FAILURES } from "./ends.ts";
export { type Fault, type FaultRule, type Faults, THROTTLED } from "./faults.ts";
export type { Definition, Job } from "./job.ts";
export type { AttemptEnd } from "./retry.ts";
export { deliver } from "./schedule.ts";

export interface BatchServerOptions {
  readonly queues: readonly JobQueueDetail[];
  readonly definitions: readonly Definition[];
  /** Default: the one that test queues name, in good order. */
  readonly computeEnvironments?: readonly ComputeEnvironmentDetail[];
  /** Runs one attempt of one job: `processRunner` for real processes. */
  readonly run: RunAttempt;
  /** vCPU of the compute environment. Default 256. */
  readonly maxVcpus?: number;
  /** Consumable resource → its units. */
  readonly resources?: Readonly<Record<string, number>>;
  /** Length of a second of a job's timeout, for tests that can't wait a minute. Default 1000. */
  readonly secondMs?: number;
  /** How old what ListJobs and DescribeJobs tell is. Default 0. */
  readonly lag?: Partial<Lag>;
  /** From STARTING to RUNNING; what a job takes of vCPU and resources it holds from STARTING on. Default 0. */
  readonly startMs?: number;
  /** From TerminateJob's answer to its effect. Default 0. */
  readonly terminateMs?: number;
  readonly accessKeyId?: string;
  /** Session tokens that have expired. */
  readonly expiredTokens?: readonly string[];
}

export interface RecordedRequest {
  readonly operation: string;
  readonly input: unknown;
  /** 0 when the connection was cut. */
  readonly status: number;
}

export interface BatchServer {
  readonly endpoint: string;
  /** What a client needs to reach it. */
  readonly env: Readonly<Record<string, string>>;
  readonly engine: Engine;
  readonly account: Account;
  readonly faults: Faults;
  readonly requests: RecordedRequest[];
  /** Ends what runs, then the server. */
  close(): Promise<void>;
}

/**
 * AWS Batch for tests, over plain HTTP: it refuses what Batch refuses, runs the children of arrays with their index and attempt, tries
 * again by evaluateOnExit, and stops what is terminated. It looks at who calls, not at the signature.
 */
export async function startBatchServer(options: BatchServerOptions): Promise<BatchServer> {
  const { queues, definitions, computeEnvironments = [testComputeEnvironment()] } = options;
  const { run, maxVcpus = 256, resources = {}, secondMs = 1000, accessKeyId = "TESTKEY" } = options;
  const { startMs = 0, terminateMs = 0 } = options;
  const lag: Lag = { listMs: 0, describeMs: 0, ...options.lag };
  const engine = createEngine({ run, maxVcpus, resources, secondMs, startMs, terminateMs });
  const faults = createFaults();
  const requests: RecordedRequest[] = [];
  const account = { queues, definitions, computeEnvironments };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [operation, work] = OPERATIONS[request.url ?? ""] ?? ["?", null];
    const input = (await json(request).catch(() => ({}))) as object;
    const fault = faults.strike(operation);
    const record = (status: number): void => void requests.push({ operation, input, status });
    let reply: { status: number; code?: string; body: unknown };
    try {
      checkCaller(request, accessKeyId, options.expiredTokens ?? []);
      if (fault?.kind === "error") throw new BatchError(fault.status, fault.code, fault.message ?? fault.code);
      if (work === null) throw new BatchError(404, "UnknownOperationException", `${request.method} ${request.url}`);
      const bodyBytes = Number(request.headers["content-length"] ?? 0);
      reply = { status: 200, body: fault?.kind === "cut" ? null : work(input as never, { engine, account, bodyBytes, lag }) };
    } catch (error) {
      const { status, code, message } =
        error instanceof BatchError ? error : new BatchError(500, "ServerException", String(error));
      reply = { status, code, body: { message } };
    }
    if (fault?.kind === "cut" || fault?.kind === "lose-answer") {
      record(0);
      request.socket.destroy();
      return;
    }
    record(reply.status);
    const type = reply.code === undefined ? {} : { "x-amzn-errortype": reply.code };
    response.writeHead(reply.status, { "content-type": "application/json", "x-amzn-requestid": "TEST", ...type });
    response.end(JSON.stringify(reply.body));
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    env: {
      AWS_ENDPOINT_URL_BATCH: endpoint,
      AWS_REGION: "us-east-2",
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: "test-secret",
    },
    engine,
    account,
    faults,
    requests,
    close: async () => {
      engine.isStuck = false;
      for (const job of engine.jobs) engine.terminate(job, "the server ends");
      await engine.idle();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Source: "Common errors" of the AWS Batch API reference. */
function checkCaller(request: IncomingMessage, accessKeyId: string, expiredTokens: readonly string[]): void {
  const key = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/[^/]+\/batch\/aws4_request,/.exec(
    request.headers.authorization ?? "",
  )?.[1];
  if (key === undefined) throw new BatchError(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
  if (expiredTokens.includes(String(request.headers["x-amz-security-token"]))) {
    throw new BatchError(403, "ExpiredTokenException", "The security token included in the request is expired");
  }
  if (key !== accessKeyId) {
    throw new BatchError(403, "UnrecognizedClientException", "The security token included in the request is invalid.");
  }
}
