declare module "pgpass" {
  /** Looks a password up in PGPASSFILE or ~/.pgpass; undefined when there is none. */
  export default function pgpass(
    connection: { host: string; port: number; database: string; user: string },
    callback: (password: string | undefined) => void,
  ): void;
}
