import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { headerText } from './headers.ts';

const gunzipAsync = promisify(gunzip);

/**
 * What stays within these sizes is unpacked at once: that takes less than a millisecond, and to hand the bytes to
 * another thread and take them back costs more than the unpacking. The second one is what stops a bomb.
 */
const packedAtOnce = 32 * 1024;
const unpackedAtOnce = 512 * 1024;
/** Of what is larger, so much in one go: each go is a way to another thread and back. */
const chunkSize = 256 * 1024;

/** What arrived of a body: all of it, as much as was allowed, or what came before the connection broke. */
export interface Body {
  readonly bytes: Buffer;
  readonly end: 'whole' | 'cut' | 'broken';
  /** Why it broke. */
  readonly error?: Error;
}

/** The connection ended before the body did, without another error. */
class PrematureCloseError extends Error {
  override readonly name = 'PrematureCloseError';
  readonly code = 'ERR_STREAM_PREMATURE_CLOSE';

  constructor() {
    super('the connection was closed in the middle of the body');
  }
}

type Response = Pick<Dispatcher.ResponseData, 'body' | 'headers'>;

/**
 * Reads up to `maxBytes` (as they travel). Never rejects: what is known of an answer is worth keeping. The stream
 * is never left half read: its connection is free again or closed.
 */
export async function readBody({ body, headers }: Response, maxBytes: number): Promise<Body> {
  const announced = Number(headerText(headers, 'content-length') ?? Number.NaN);
  if (!(announced <= maxBytes)) return await readUpTo(body, maxBytes);
  try {
    // The way without stream events, for the answers of every day; undici holds the sender to the length.
    const bytes = await body.bytes();
    return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), end: 'whole' };
  } catch (error) {
    const reason = error instanceof Error ? error : new PrematureCloseError();
    return { bytes: Buffer.alloc(0), end: 'broken', error: reason };
  }
}

function readUpTo(stream: Readable, maxBytes: number): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let settled = false;
    const settle = (end: Body['end'], error?: Error) => {
      if (settled) return;
      settled = true;
      resolve({ bytes: Buffer.concat(chunks), end, ...(error ? { error } : {}) });
    };
    stream.on('data', (chunk: Buffer) => {
      if (settled) return;
      if (size + chunk.length > maxBytes) {
        chunks.push(chunk.subarray(0, maxBytes - size));
        settle('cut');
        // The rest is not worth waiting for; the socket goes with it.
        stream.destroy();
        return;
      }
      size += chunk.length;
      chunks.push(chunk);
    });
    stream.on('end', () => settle('whole'));
    stream.on('error', (error) => settle('broken', error));
    // Every stream closes: the error, whose stack takes longer than all the rest, is made only where it is one.
    stream.on('close', () => {
      if (!settled) settle('broken', new PrematureCloseError());
    });
  });
}

/** The body cannot be decoded; `message` goes on from "a body that". */
export class UndecodableError extends Error {
  override readonly name = 'UndecodableError';
  readonly isTooLarge: boolean;

  constructor(message: string, isTooLarge = false) {
    super(message);
    this.isTooLarge = isTooLarge;
  }
}

/**
 * Undoes the content encoding, up to `maxBytes` of result: a few KiB of gzip can unpack to gigabytes.
 *
 * @param encoding the `Content-Encoding` header. Only gzip is asked for, and only gzip is decoded.
 * @throws UndecodableError
 */
export async function decodeBody(
  bytes: Buffer,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Buffer> {
  switch (encoding?.trim().toLowerCase() ?? '') {
    case '':
    case 'identity':
      return bytes;
    case 'gzip':
    case 'x-gzip':
      break;
    default:
      throw new UndecodableError('is compressed in a way that was not asked for');
  }
  if (bytes.length === 0) return bytes;
  try {
    return (
      unpackAtOnce(bytes, maxBytes) ?? (await gunzipAsync(bytes, { maxOutputLength: maxBytes, chunkSize }))
    );
  } catch (error) {
    if (error instanceof RangeError)
      throw new UndecodableError(`unpacks to more than ${maxBytes} bytes`, true);
    throw new UndecodableError('is damaged or truncated gzip');
  }
}

/** @returns undefined where it would take too long. @throws what `gunzip` would. */
function unpackAtOnce(bytes: Buffer, maxBytes: number): Buffer | undefined {
  if (bytes.length > packedAtOnce || maxBytes < unpackedAtOnce) return undefined;
  try {
    return gunzipSync(bytes, { maxOutputLength: unpackedAtOnce });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
