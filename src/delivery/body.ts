import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import type { Encoding } from '../trace/encode/span-encoder.ts';

const gzipAsync = promisify(gzip);

/** How a body is packed: zlib's level, and up to how many bytes it is done at once. */
interface Packing {
  readonly level: number;
  /** So much takes some tenths of a millisecond, and to hand it to another thread and take it back costs more than that. */
  readonly atOnce: number;
}

/**
 * Measured on OTLP/JSON of 60 turns (86 kB): level 1 leaves 6.1 kB, 3 as fast 5.7 kB, and 6 in twice the time 5.3 kB.
 * Traces are so repetitive that nearly all comes for little.
 */
export const quick: Packing = { level: 3, atOnce: 128 * 1024 };
/** What the official exporter packs with by itself: nobody's bytes become more. */
export const usual: Packing = { level: 6, atOnce: 32 * 1024 };

/** Of what is larger, so much of the result in one go: each go is a way to another thread and back. */
const chunkSize = 256 * 1024;

/** A request's body as it travels. */
export async function packed(
  plain: Buffer,
  compression: 'gzip' | 'none',
  { level, atOnce }: Packing,
): Promise<Buffer> {
  if (compression === 'none') return plain;
  return plain.length <= atOnce ? gzipSync(plain, { level }) : await gzipAsync(plain, { level, chunkSize });
}

/** The media type of a request's body, and of the answer to it. */
export const contentTypes: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
};
