import { distance } from "fastest-levenshtein";

/** The candidate nearest to a word somebody mistyped (case aside), or the only one that begins with it; null when none is meant. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const wanted = word.toLowerCase();
  const known = [...candidates];
  const begun = wanted.length < 3 ? [] : known.filter((candidate) => candidate.toLowerCase().startsWith(wanted));
  if (begun.length === 1) return begun[0] as string;
  // One slip in a short word, one more for every four letters: enough for a typo, too few to make one word of another.
  let bestDistance = 2 + Math.floor(wanted.length / 4);
  let best: string | null = null;
  for (const candidate of known) {
    const edits = distance(wanted, candidate.toLowerCase());
    if (edits < bestDistance && edits < Math.max(wanted.length, candidate.length)) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}

/** `Did you mean parcel?`, or null. */
export function didYouMean(word: string, candidates: Iterable<string>): string | null {
  const candidate = nearest(word, candidates);
  return candidate === null ? null : `Did you mean ${candidate}?`;
}
