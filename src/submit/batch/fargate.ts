const GIB = 1024;

/** Every `step` MiB from `from` to `to`, both included. */
function range(from: number, to: number, step: number): readonly number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}

/** vCPU → the memory sizes, in MiB, that Fargate sells with it. Source: AWS Batch API reference, ResourceRequirement. */
export const FARGATE_SIZES: ReadonlyMap<number, readonly number[]> = new Map([
  [0.25, [512, GIB, 2 * GIB]],
  [0.5, range(GIB, 4 * GIB, GIB)],
  [1, range(2 * GIB, 8 * GIB, GIB)],
  [2, range(4 * GIB, 16 * GIB, GIB)],
  [4, range(8 * GIB, 30 * GIB, GIB)],
  [8, range(16 * GIB, 60 * GIB, 4 * GIB)],
  [16, range(32 * GIB, 120 * GIB, 8 * GIB)],
]);

/** Why Fargate has no container of this size, as the end of a sentence that begins with the size; null when it has one. */
export function fargateProblem(vcpu: number, memoryMib: number): string | null {
  const memories = FARGATE_SIZES.get(vcpu);
  if (memories === undefined) return `is not sold by Fargate: vcpu is one of ${[...FARGATE_SIZES.keys()].join(", ")}`;
  if (memories.includes(memoryMib)) return null;
  const step = memories.length > 3 ? ` in steps of ${memories[1]! - memories[0]!}` : "";
  const list = step === "" ? memories.join(", ") : `${memories[0]} to ${memories.at(-1)}${step}`;
  return `is not sold by Fargate: with ${vcpu} vCPU, memory_mib is ${list}`;
}
