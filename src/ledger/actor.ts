import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { type Clock, systemClock } from "../model/clock.ts";

/** Who works on landing records: one process. */
export interface Actor {
  /** `<host>-<pid>-<random>`: no two processes have the same. */
  readonly owner: string;
  readonly clock: Clock;
  /** How long a claim holds without a renewal. */
  readonly leaseMs: number;
  /** Names one attempt; no two are the same. */
  newToken(): string;
}

/** Renewed three times in this time; a process that is silent for longer loses its shards to whoever wants them. */
export const LEASE_MS = 120_000;

/** @param env PG_BRONZE_LEASE_MS, at least 1000, for who would rather wait less for the dead and renew more often */
export function thisProcess(env: Readonly<Record<string, string | undefined>> = process.env): Actor {
  return {
    owner: `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
    clock: systemClock,
    leaseMs: leaseOf(env),
    newToken: randomUUID,
  };
}

function leaseOf(env: Readonly<Record<string, string | undefined>>): number {
  const given = Number(env["PG_BRONZE_LEASE_MS"] || LEASE_MS);
  return Number.isSafeInteger(given) && given >= 1_000 ? given : LEASE_MS;
}
