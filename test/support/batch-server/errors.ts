/** An answer that Batch gives instead of the one that was asked for. */
export class BatchError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Batch's own word for every mistake of the caller. */
export function refuse(message: string): never {
  throw new BatchError(400, "ClientException", message);
}
