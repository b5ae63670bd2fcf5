import type { Deaths } from '../records.ts';
import type { Database } from './database.ts';

/** A conversation that is known for having been under way when a process died. */
export interface Suspect {
  readonly id: string;
  readonly deaths: Deaths;
}

export const INNOCENT: Deaths = { certain: 0, alone: 0, inCompany: 0 };

/**
 * What is under way, written down before it is begun. A process that dies leaves it behind, and whoever holds the
 * ledger next knows what it was at. Nothing here waits for the disk: a power cut is nobody's doing.
 */
export class Attempts {
  readonly #database: Database;
  /** Until whoever has the turn to take a payload apart has ended. */
  #turn: Promise<void> = Promise.resolve();
  #hasBegun = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Conversations that may have ended a process and are not under way, least suspicious first. */
  suspects(source: number): Suspect[] {
    return this.#database
      .all('SELECT * FROM attempt WHERE source = ? AND running = 0', source)
      .map(({ id, certain, alone, company }) => ({
        id: String(id),
        deaths: { certain: Number(certain), alone: Number(alone), inCompany: Number(company) },
      }))
      .sort((one, other) => weight(one.deaths) - weight(other.deaths));
  }

  isRunning(source: number, id: string): boolean {
    const sql = 'SELECT running FROM attempt WHERE source = ? AND id = ?';
    return this.#database.get(sql, source, id)?.running === 1;
  }

  /** Whether one of the source's suspects is under way: another one has to wait for it. */
  hasSuspectRunning(source: number): boolean {
    return (
      this.#database.get(
        'SELECT 1 FROM attempt WHERE source = ? AND running = 1 AND certain + alone + company > 0',
        source,
      ) !== undefined
    );
  }

  /** Only in a transaction. */
  begin(source: number, id: string): void {
    this.#hasBegun = true;
    this.#database.run(
      'INSERT INTO attempt (source, id, running) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET running = 1',
      ...[source, id],
    );
  }

  /** It ended without an outcome that would clear it. */
  giveBack(source: number, id: string): void {
    this.#database.unflushed(() => this.#end('source = ? AND id = ?', source, id));
  }

  /**
   * It was done. Only in the transaction that records it.
   * @param how.settled nothing is known against it any more; else it still has to come through once.
   */
  over(source: number, id: string, { settled }: { settled: boolean }): void {
    if (!settled) {
      const sql = 'UPDATE attempt SET company = 0 WHERE source = ? AND id = ?';
      this.#database.run(sql, source, id);
      this.#end('source = ? AND id = ?', source, id);
    } else this.#database.run('DELETE FROM attempt WHERE source = ? AND id = ?', source, id);
  }

  /** Takes the turn to take a payload apart. @returns what ends it. */
  async takeApart(source: number, id: string): Promise<() => Promise<void>> {
    const before = this.#turn;
    let pass = () => {};
    this.#turn = new Promise((resolve) => {
      pass = resolve;
    });
    await before;
    const mark = (apart: 0 | 1) =>
      this.#database.unflushed(() =>
        this.#database.run('UPDATE attempt SET apart = ? WHERE source = ? AND id = ?', apart, source, id),
      );
    try {
      mark(1);
    } catch (error) {
      pass();
      throw error;
    }
    return async () => {
      try {
        mark(0);
      } finally {
        pass();
      }
    };
  }

  /** Everything that this process has begun has ended in order. */
  endAll(): void {
    if (!this.#hasBegun) return;
    this.#database.transaction(() => this.#end('running = 1'));
    this.#hasBegun = false;
  }

  /** What is still under way was under way when its process died. Only whoever holds the ledger may say so. */
  judge(): void {
    this.#database.transaction(() => {
      const left = this.#database.all('SELECT source, id, apart FROM attempt WHERE running = 1');
      const isCertain = left.some(({ apart }) => apart === 1);
      for (const { source = null, id = null, apart } of left) {
        // Who was taken apart has done it, and that clears the others.
        if (isCertain && apart !== 1) continue;
        const kind = apart === 1 ? 'certain' : left.length === 1 ? 'alone' : 'company';
        const sql = `UPDATE attempt SET ${kind} = ${kind} + 1 WHERE source = ? AND id = ?`;
        this.#database.run(sql, source, id);
      }
      this.#end('running = 1');
    });
  }

  #end(which: string, ...values: (string | number)[]): void {
    const sql = `DELETE FROM attempt WHERE certain + alone + company = 0 AND ${which}`;
    this.#database.run(sql, ...values);
    this.#database.run(`UPDATE attempt SET running = 0, apart = 0 WHERE ${which}`, ...values);
  }
}

function weight({ certain, alone, inCompany }: Deaths): number {
  return certain * 1_000_000 + alone * 1_000 + inCompany;
}
