import type { Deaths, Settlement } from '../records.ts';
import type { Database, Query } from './database.ts';

/** A conversation that is known for having been under way when a process died. */
export interface Suspect {
  readonly id: string;
  readonly deaths: Deaths;
}

export const INNOCENT: Deaths = { certain: 0, alone: 0, inCompany: 0 };

/**
 * What is under way, written down before it is begun. A process that dies leaves it behind, and whoever holds the
 * ledger next knows what it was at. Nothing here waits for the disk.
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
  async suspects(query: Query, source: number): Promise<Suspect[]> {
    const rows = await query('SELECT * FROM attempt WHERE source = $1 AND NOT running', [source]);
    return rows
      .map(({ id, certain, alone, company }) => ({
        id: String(id),
        deaths: { certain: Number(certain), alone: Number(alone), inCompany: Number(company) },
      }))
      .sort((one, other) => weight(one.deaths) - weight(other.deaths));
  }

  async isRunning(query: Query, source: number, id: string): Promise<boolean> {
    const sql = 'SELECT 1 FROM attempt WHERE source = $1 AND id = $2 AND running';
    return (await query(sql, [source, id])).length > 0;
  }

  /** Whether one of the source's suspects is under way: another one has to wait for it. */
  async hasSuspectRunning(query: Query, source: number): Promise<boolean> {
    const sql = 'SELECT 1 FROM attempt WHERE source = $1 AND running AND certain + alone + company > 0';
    return (await query(sql, [source])).length > 0;
  }

  /** Only in a transaction. */
  async begin(query: Query, source: number, ids: readonly string[]): Promise<void> {
    this.#hasBegun = true;
    await query(
      `INSERT INTO attempt (source, id, running) SELECT $1, id, true FROM unnest($2::text[]) AS id ORDER BY id
       ON CONFLICT (source, id) DO UPDATE SET running = true`,
      [source, ids],
    );
  }

  /** It ended without an outcome that would clear it. */
  async giveBack(source: number, id: string): Promise<void> {
    await this.#database.transaction((query) => end(query, 'source = $1 AND id = $2', source, id), {
      unflushed: true,
    });
  }

  /**
   * They were done. Of what is settled nothing is known against it any more; what is postponed still has to come through
   * once. Only in the transaction that records it.
   */
  async over(query: Query, settlements: readonly Settlement[]): Promise<void> {
    const among = '(source, id) IN (SELECT * FROM unnest($1::smallint[], $2::text[]))';
    const keysOf = (some: readonly Settlement[]) => [
      some.map(({ source }) => source),
      some.map(({ id }) => id),
    ];
    const settled = settlements.filter(({ kind }) => kind !== 'postponed');
    const postponed = settlements.filter(({ kind }) => kind === 'postponed');
    if (settled.length > 0) await query(`DELETE FROM attempt WHERE ${among}`, keysOf(settled));
    if (postponed.length === 0) return;
    await query(`UPDATE attempt SET company = 0 WHERE ${among}`, keysOf(postponed));
    await end(query, among, ...keysOf(postponed));
  }

  /** Takes the turn to take a payload apart. @returns what ends it. */
  async takeApart(source: number, id: string): Promise<() => Promise<void>> {
    const before = this.#turn;
    let pass = () => {};
    this.#turn = new Promise((resolve) => {
      pass = resolve;
    });
    await before;
    const mark = (apart: boolean) =>
      this.#database.transaction(
        (query) => query('UPDATE attempt SET apart = $1 WHERE source = $2 AND id = $3', [apart, source, id]),
        { unflushed: true },
      );
    try {
      await mark(true);
    } catch (error) {
      pass();
      throw error;
    }
    return async () => {
      try {
        await mark(false);
      } finally {
        pass();
      }
    };
  }

  /** Everything that this process has begun has ended in order. */
  async endAll(): Promise<void> {
    if (!this.#hasBegun) return;
    await this.#database.transaction((query) => end(query, 'running'));
    this.#hasBegun = false;
  }

  /** What is still under way was under way when its process died. Only whoever holds the ledger may say so. */
  async judge(): Promise<void> {
    await this.#database.transaction(async (query) => {
      const left = await query('SELECT source, id, apart FROM attempt WHERE running');
      const isCertain = left.some(({ apart }) => apart === true);
      for (const { source, id, apart } of left) {
        // Who was taken apart has done it, and that clears the others.
        if (isCertain && apart !== true) continue;
        const kind = apart === true ? 'certain' : left.length === 1 ? 'alone' : 'company';
        await query(`UPDATE attempt SET ${kind} = ${kind} + 1 WHERE source = $1 AND id = $2`, [source, id]);
      }
      await end(query, 'running');
    });
  }
}

async function end(query: Query, which: string, ...values: readonly unknown[]): Promise<void> {
  await query(`DELETE FROM attempt WHERE certain + alone + company = 0 AND ${which}`, values);
  await query(`UPDATE attempt SET running = false, apart = false WHERE ${which}`, values);
}

function weight({ certain, alone, inCompany }: Deaths): number {
  return certain * 1_000_000 + alone * 1_000 + inCompany;
}
