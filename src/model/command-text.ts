/** A command as it can be pasted into a POSIX shell. */
export function pasted(words: readonly string[]): string {
  return words.map(quoted).join(" ");
}

/** One word of a POSIX shell. */
export function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
