import { randomBytes } from 'node:crypto';
import { closeSync, constants, fchmodSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { LedgerError } from '../errors.ts';
import type { LedgerFile } from './ledger-file.ts';
import { FULL } from './result-code.ts';

/** Enough to record what can be under way at a time: a page or a few for each conversation. In bytes. */
const SIZE = 2 * 1024 * 1024;
/** Nobody else needs to see it. */
const PRIVATE = 0o600;

/**
 * Some room on the disk, kept beside the ledger. When the disk is full it is given up, so that what has been sent
 * already can still be recorded; and nothing is sent before it is there again.
 */
export class Reserve {
  readonly #ledger: LedgerFile;
  #isThere = false;

  constructor(ledger: LedgerFile) {
    this.#ledger = ledger;
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  get #file(): string {
    return `${this.#ledger.path}-reserve`;
  }

  /** Makes sure that the room is there. @throws LedgerError where there is none. */
  take(): void {
    if (this.#isThere) return;
    try {
      // What has the name is left over from a process that was killed, or was put there: a link, to have what it leads
      // to overwritten. Either goes; a file of our own is made, or none.
      this.#remove();
      const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
      const file = openSync(this.#file, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, PRIVATE);
      try {
        // A umask can only have taken bits away.
        fchmodSync(file, PRIVATE);
        // Random, because a file system that compresses would keep no room for zeros.
        const bytes = randomBytes(SIZE);
        for (let at = 0; at < SIZE; ) at += writeSync(file, bytes, at);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      this.#isThere = true;
    } catch (error) {
      // What there is of it would only be in the way of others.
      this.give();
      throw refused(this.#ledger.name, error);
    }
  }

  /** Gives the room up. @returns whether there was any. */
  give(): boolean {
    const wasThere = this.#isThere;
    this.#isThere = false;
    this.#remove();
    return wasThere;
  }

  #remove(): void {
    try {
      rmSync(this.#file, { force: true });
    } catch (error) {
      throw refused(this.#ledger.name, error);
    }
  }
}

function refused(ledger: string, error: unknown): unknown {
  if (error instanceof LedgerError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  if (code === '') return error;
  const because = isFull ? FULL : `cannot be written (${code}); check the permissions of its folder`;
  return new LedgerError(`The ledger ${ledger} ${because}.`, { cause: error, isFull });
}
