/** Hides passwords in whatever is about to be printed: those in URLs and libpq strings, and the given ones wherever they turn up. */
export function scrubber(secrets: readonly (string | undefined)[]): (text: string) => string {
  const known = secrets.flatMap((secret) => (secret === undefined ? [] : variants(secret))).filter((secret) => secret.length > 3);
  return (text) => {
    let clean = text
      .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/@:"']*):[^\s/"']+@/gi, "$1:***@")
      .replace(/\b(password=)('[^']*'|[^\s&"']+)/gi, "$1***");
    for (const secret of known) clean = clean.replaceAll(secret, "***");
    return clean;
  };
}

/** The password of a connection string as it is written and as it is meant; the text itself when it is no connection string. */
function variants(secret: string): string[] {
  const written =
    /^[a-z][a-z0-9+.-]*:\/\/[^/@:]*:(.*)@/i.exec(secret)?.[1] ?? /\bpassword\s*=\s*('[^']*'|\S+)/i.exec(secret)?.[1];
  if (written === undefined) return secret.includes("://") || secret.includes("=") ? [] : [secret];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}
