/**
 * The secrets that this process knows. They are registered where they are found (a connection string, a password file), and {@link scrub}
 * hides them wherever text leaves the process: in logs, in what is printed, in the ledger.
 */
const known = new Set<string>();
/** Longest first: a secret that holds another one is hidden whole. Null until it is asked for. */
let longestFirst: readonly string[] | null = null;

/** A shorter secret is hidden only in a connection string: anywhere else it would hide half of what is printed. */
const LEAST_LENGTH = 4;

const PAIR = /((?:ssl|pg)?password\s*=\s*)('(?:[^'\\]|\\[\s\S])*'?|(?:\\[\s\S]|[^\s\\])+)/gi;

/** Registers a password. Nothing is done without one. */
export function addSecret(secret: string | null | undefined): void {
  if (!secret || secret.length < LEAST_LENGTH) return;
  for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) known.add(form);
  longestFirst = null;
}

/** Registers the passwords of a connection string, a URL or libpq's pairs, also of one that can't be read. */
export function addDsn(dsn: string | null | undefined): void {
  if (!dsn) return;
  for (const written of /^[a-z]+:\/\//i.test(dsn) ? writtenInUrl(dsn) : writtenInPairs(dsn)) {
    addSecret(written);
    addSecret(decoded(written));
  }
}

function writtenInUrl(url: string): string[] {
  const [address = ""] = url.split("?");
  // A password with a bare # / ? is in the rest of the URL too.
  const user = /^[a-z]+:\/\/[^:@/]*:(.*)@/i.exec(address.includes("@") ? address : url)?.[1];
  const parameters = [...url.matchAll(/[?&](?:ssl)?password=([^&]*)/gi)].map(([, written = ""]) => written);
  return user === undefined ? parameters : [user, ...parameters];
}

function writtenInPairs(pairs: string): string[] {
  return [...pairs.matchAll(PAIR)].flatMap(([, , written = ""]) => {
    const bare = written.startsWith("'") ? written.replace(/^'|'$/g, "") : written;
    return [bare, bare.replace(/\\([\s\S])/g, "$1")];
  });
}

function decoded(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}

/** The text without secrets: the registered ones wherever they turn up, and every password that is written as in a connection string. */
export function scrub(text: string): string {
  longestFirst ??= [...known].sort((a, b) => b.length - a.length);
  let clean = text;
  for (const secret of longestFirst) clean = clean.replaceAll(secret, "***");
  return clean
    .replace(/\b(postgres(?:ql)?:\/\/[^\s/@:"'?]*):[^\s"']*@/gi, "$1:***@")
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s/@:"']*):[^\s/"']+@/gi, "$1:***@")
    .replace(/([?&](?:ssl)?password=)[^&\s"']*/gi, "$1***")
    .replace(PAIR, (pair: string, keyword: string, _written: string, at: number, whole: string) =>
      /[?&]/.test(whole[at - 1] ?? "") ? pair : `${keyword}***`,
    );
}

/** A copy of plain data in which every text is scrubbed; names of fields stay. */
export function scrubData<T>(data: T): T {
  if (typeof data === "string") return scrub(data) as T;
  if (Array.isArray(data)) return data.map(scrubData) as T;
  if (typeof data !== "object" || data === null || Object.getPrototypeOf(data) !== Object.prototype) return data;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, scrubData(value)])) as T;
}
