import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Verification } from '../vendors/webhook-scheme.ts';
import { freeChunk } from './chunk-memory.ts';

/** How much of bodies is kept, and how long they may take. Bytes and milliseconds. */
export interface BodyLimits {
  /** What is larger is verified and forgotten. */
  readonly largest: number;
  /** Of all bodies that are under way. */
  readonly together: number;
  /** In each so many milliseconds at least so many bytes have to come. */
  readonly pace: { readonly millis: number; readonly bytes: number };
}

export const BODY_LIMITS: BodyLimits = {
  largest: 32 * 1024 * 1024,
  together: 64 * 1024 * 1024,
  pace: { millis: 10_000, bytes: 1_024 },
};

/** What has come of a body. */
export type Received =
  | { readonly kind: 'whole'; readonly body: Buffer; readonly digest: string }
  /** It was all there, and is not kept. */
  | { readonly kind: 'forgotten'; readonly why: 'recording' | 'too large' }
  /** The sender went away, was too slow, or there is no room for it now. */
  | { readonly kind: 'broken' | 'slow' | 'crowded' };

/** Less than this is not worth the trouble of giving it back before the engine does, in bytes. */
const FEW_BYTES = 1024 * 1024;

/** How much of a beginning is looked at, and how often: not at each byte of a sender that sends them one by one. */
const LOOKS = [1_024, 4_096, 16_384, 65_536];

/** Room for the bodies that are under way. Where it does not suffice, the largest of them goes: it is nobody's hint. */
export class Room {
  readonly #most: number;
  readonly #seats = new Set<Seat>();
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @param evicted called where there is no room for it any more; then it has none. */
  enter(evicted: () => void): { grow(bytes: number): void; leave(): void } {
    const seat: Seat = { bytes: 0, evicted };
    this.#seats.add(seat);
    return {
      grow: (bytes) => {
        if (!this.#seats.has(seat)) return;
        seat.bytes += bytes;
        this.#taken += bytes;
        while (this.#taken > this.#most) this.#evictLargest();
      },
      leave: () => this.#leave(seat),
    };
  }

  #evictLargest(): void {
    let largest: Seat | undefined;
    for (const seat of this.#seats) if (seat.bytes > (largest?.bytes ?? -1)) largest = seat;
    if (largest === undefined) return;
    this.#leave(largest);
    largest.evicted();
  }

  #leave(seat: Seat): void {
    if (this.#seats.delete(seat)) this.#taken -= seat.bytes;
  }
}

interface Seat {
  bytes: number;
  readonly evicted: () => void;
}

/**
 * Receives a body and hashes it as it comes. Never rejects.
 * @param isForgotten by its beginning: then no more than that is kept of it at any time.
 */
export function receiveBody(
  request: IncomingMessage,
  verification: Verification,
  {
    room,
    limits,
    isForgotten,
  }: {
    readonly room: Room;
    readonly limits: BodyLimits;
    readonly isForgotten: ((start: Buffer) => boolean) | undefined;
  },
): Promise<Received> {
  return new Promise((resolve) => {
    const digest = createHash('sha256');
    let parts: Buffer[] = [];
    let kept = 0;
    let came = 0;
    let cameBefore = 0;
    let look = 0;
    let forgotten: 'recording' | 'too large' | undefined;
    const finish = (received: Received) => {
      clearInterval(pace);
      seat.leave();
      if (kept > FEW_BYTES) for (const part of parts) freeChunk(part);
      parts = [];
      request.off('data', take).off('end', end).off('close', broken).off('error', broken);
      // Whatever still comes is not read by us; an error of it is nobody's.
      request.on('error', () => undefined);
      resolve(received);
    };
    const seat = room.enter(() => finish({ kind: 'crowded' }));
    const pace = setInterval(() => {
      if (came - cameBefore < limits.pace.bytes) finish({ kind: 'slow' });
      cameBefore = came;
    }, limits.pace.millis);
    pace.unref();
    const forget = (why: 'recording' | 'too large') => {
      forgotten = why;
      for (const part of parts) freeChunk(part);
      parts = [];
      seat.leave();
    };
    const take = (chunk: Buffer) => {
      came += chunk.length;
      verification.update(chunk);
      if (forgotten !== undefined) {
        freeChunk(chunk);
        return;
      }
      digest.update(chunk);
      parts.push(chunk);
      kept += chunk.length;
      const next = LOOKS[look];
      if (isForgotten !== undefined && next !== undefined && kept >= next) {
        while (kept >= (LOOKS[look] ?? Number.POSITIVE_INFINITY)) look++;
        if (isForgotten(Buffer.concat(parts).subarray(0, LOOKS.at(-1)))) forget('recording');
      }
      if (forgotten === undefined && kept > limits.largest) forget('too large');
      seat.grow(chunk.length);
    };
    const end = () => {
      if (forgotten !== undefined) finish({ kind: 'forgotten', why: forgotten });
      else finish({ kind: 'whole', body: Buffer.concat(parts), digest: digest.digest('hex') });
    };
    const broken = () => finish({ kind: 'broken' });
    request.on('data', take).on('end', end).on('close', broken).on('error', broken);
  });
}
