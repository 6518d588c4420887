import type { Contender } from "./contract.ts";

/**
 * Those that `only` names, in full or by their beginning up to a hyphen: `ours-zstd1` takes `ours-zstd1-t0-keys`. Without names the
 * defaults.
 * @returns also the names that fit nobody
 */
export function selectContenders(
  all: readonly Contender[],
  defaults: readonly Contender[],
  only: readonly string[],
): { readonly chosen: readonly Contender[]; readonly unknown: readonly string[] } {
  if (only.length === 0) return { chosen: defaults, unknown: [] };
  const fits = (name: string, wanted: string): boolean => name === wanted || name.startsWith(`${wanted}-`);
  return {
    chosen: all.filter(({ name }) => only.some((wanted) => fits(name, wanted))),
    unknown: only.filter((wanted) => !all.some(({ name }) => fits(name, wanted))),
  };
}
