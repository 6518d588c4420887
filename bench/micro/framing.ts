import { CopyFramer } from "../../src/source/copy-framer.ts";
import { createSlabPool } from "../../src/source/slab-pool.ts";
import type { Capture } from "./capture.ts";

/** Bytes that one read of a socket brings. */
const READ_BYTES = 64 << 10;

/**
 * What the server sent, cut into slabs again. Reading is played by a copy, which in the product is the kernel's.
 * Source: PostgreSQL docs, "Message Formats": CopyOutResponse, CopyData, CopyDone; "Binary Format" of COPY for header and trailer.
 */
export function framing({ plan, slabs }: Capture): () => void {
  const copyOut = message(
    "H",
    Buffer.from([1, 0, plan.fieldCount, ...Array.from({ length: plan.fieldCount }, () => [0, 1]).flat()]),
  );
  const fileHeader = message("d", Buffer.concat([Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"), Buffer.alloc(8)]));
  const trailer = message("d", Buffer.from([0xff, 0xff]));
  const rows = slabs.map(({ bytes, byteLength }) => bytes.subarray(0, byteLength));
  const stream = Buffer.concat([copyOut, fileHeader, ...rows, trailer, message("c", Buffer.alloc(0))]);
  return () => {
    const pool = createSlabPool({ slabBytes: 4 << 20, slabCount: 4 });
    const fail = (error: Error): never => {
      throw error;
    };
    const events = { slab: pool.release, message() {}, end() {}, resume() {}, corrupt: fail };
    const framer = new CopyFramer(pool, events);
    for (let at = 0; at < stream.length; ) {
      const space = framer.space();
      const end = Math.min(stream.length, at + Math.min(READ_BYTES, space?.length ?? READ_BYTES));
      const piece = stream.subarray(at, end);
      space?.set(piece);
      framer.receive(space ?? piece, piece.length);
      at = end;
    }
    framer.dispose();
  };
}

function message(tag: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5, tag, "latin1");
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}
