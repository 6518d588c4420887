import type { ResourceRequirement } from "@aws-sdk/client-batch";
import { refuse } from "./errors.ts";

/** vCPU → [least MiB, most MiB, step]. Source: AWS Batch API reference, ResourceRequirement; typed anew here, so that it can contradict the product's. */
const SIZES: Readonly<Record<string, readonly [number, number, number]>> = {
  "0.5": [1024, 4096, 1024],
  "1": [2048, 8192, 1024],
  "2": [4096, 16384, 1024],
  "4": [8192, 30720, 1024],
  "8": [16384, 61440, 4096],
  "16": [32768, 122880, 8192],
};
const QUARTER = ["512", "1024", "2048"];

/** @throws BatchError for a size that Fargate doesn't sell. */
export function checkFargateSize(requirements: readonly ResourceRequirement[]): { vcpus: number; memoryMib: number } {
  const sizeOf = (type: string): string => requirements.find((one) => one.type === type)?.value ?? "";
  const [vcpu, memory] = [sizeOf("VCPU"), sizeOf("MEMORY")];
  const range = SIZES[String(Number(vcpu))];
  const size = Number(memory);
  const fits =
    Number(vcpu) === 0.25
      ? QUARTER.includes(memory)
      : range !== undefined && size >= range[0] && size <= range[1] && size % range[2] === 0;
  if (!fits) refuse(`Fargate resource requirements (${vcpu} vCPU, ${memory} MiB) not valid.`);
  return { vcpus: Number(vcpu), memoryMib: size };
}
