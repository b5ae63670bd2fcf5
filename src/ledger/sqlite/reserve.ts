import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { FULL, LedgerError } from '../errors.ts';

/** Enough to record what can be under way at a time: a page or a few for each conversation. In bytes. */
const SIZE = 2 * 1024 * 1024;

/**
 * Some room on the disk, kept beside the ledger. When the disk is full it is given up, so that what has been sent
 * already can still be recorded; and nothing is sent before it is there again.
 */
export class Reserve {
  readonly #ledger: string;
  #isThere = false;

  /** @param ledger the ledger's file. */
  constructor(ledger: string) {
    this.#ledger = ledger;
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  get #file(): string {
    return `${this.#ledger}-reserve`;
  }

  /** Makes sure that the room is there. @throws LedgerError where there is none. */
  take(): void {
    if (this.#isThere) return;
    try {
      const file = openSync(this.#file, 'w', 0o600);
      try {
        // Random, because a file system that compresses would keep no room for zeros.
        const bytes = randomBytes(SIZE);
        for (let at = 0; at < SIZE; ) at += writeSync(file, bytes, at);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      this.#isThere = true;
    } catch (error) {
      this.give();
      throw refused(this.#ledger, error);
    }
  }

  /** Gives the room up. @returns whether there was any. */
  give(): boolean {
    const wasThere = this.#isThere;
    this.#isThere = false;
    rmSync(this.#file, { force: true });
    return wasThere;
  }
}

function refused(ledger: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  if (code === '') return error;
  const because = isFull ? FULL : `cannot be written (${code}); check the permissions of its folder`;
  return new LedgerError(`The ledger ${ledger} ${because}.`, { cause: error, isFull });
}
