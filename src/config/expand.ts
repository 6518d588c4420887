/** A reference that can't be expanded; `offset` counts characters from the beginning of the text. */
export interface ExpandProblem {
  readonly offset: number;
  readonly message: string;
}

export interface Expansion {
  readonly text: string;
  /** True when at least one reference was replaced. */
  readonly expanded: boolean;
  readonly problems: readonly ExpandProblem[];
}

const REFERENCE = /\$\$(\{[A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?\})|(?<!\$)\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\})?/g;

/**
 * Replaces `${NAME}` and `${NAME:-default}` (the default also when the variable is empty, as in a shell); `$${NAME}` stands for a
 * literal `${NAME}`. Defaults don't nest. Any other `$`, such as SQL's `$1` and `$$`, stays.
 */
export function expandEnv(text: string, env: Readonly<Record<string, string | undefined>>): Expansion {
  const problems: ExpandProblem[] = [];
  let expanded = false;
  const result = text.replace(
    REFERENCE,
    (match: string, literal?: string, name?: string, hasDefault?: string, fallback = "", offset = 0) => {
      if (literal !== undefined) return `$${literal}`;
      if (name === undefined) {
        problems.push({
          offset,
          message: `has a \${ that is neither \${NAME} nor \${NAME:-default}; write $\${NAME} for it as it stands`,
        });
        return match;
      }
      const value = env[name];
      if (value === undefined && hasDefault === undefined) {
        problems.push({
          offset,
          message: `needs the environment variable ${name}, which is not set; \${${name}:-default} gives a default`,
        });
        return match;
      }
      expanded = true;
      return hasDefault !== undefined && (value === undefined || value === "") ? fallback : (value ?? "");
    },
  );
  return { text: result, expanded, problems };
}
