import { listOf } from './claims.ts';
import { literal } from './client.ts';
import type { Database } from './database.ts';
import { bytes, hex, type Row } from './values.ts';

/** Which conversation has which trace. */
export class TraceIds {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The first of `choices` that nobody else has, or that the conversation has already. Who asks for the same trace at the
   * same time, in whatever process and for whatever source, waits: each looks after the other has chosen.
   */
  async take(
    source: number,
    id: string,
    choices: readonly string[],
    rivals: readonly string[],
  ): Promise<string | undefined> {
    const wanted = choices.map((traceId) => literal(bytes(traceId))).join(',');
    // The first eight bytes name the lock; in one order, whoever it is.
    const locks = choices.map((traceId) => BigInt.asIntN(64, BigInt(`0x${traceId.slice(0, 16)}`)));
    const look = `
      SELECT pg_advisory_xact_lock(k) FROM (SELECT unnest(ARRAY[${locks.join(',')}]::bigint[]) AS k ORDER BY 1) AS keys;
      SELECT c.trace_id, s.provider FROM callspan.conversation AS c JOIN callspan.source AS s ON s.id = c.source
        WHERE c.source = ${source} AND c.id = ${literal(id)} FOR NO KEY UPDATE OF c;
      SELECT c.trace_id, c.id, s.provider,
          ${rivals.length === 0 ? 'false' : `s.name = ANY (${listOf(rivals)})`} AS is_rival
        FROM callspan.conversation AS c JOIN callspan.source AS s ON s.id = c.source
        WHERE c.trace_id IN (${wanted}) AND NOT (c.source = ${source} AND c.id = ${literal(id)})`;
    return await this.#database.write(
      source,
      async (session) => {
        const answers = await session.script(look);
        const own = answers[1]?.rows[0];
        if (own === undefined) throw new Error(`The ledger has no conversation ${id} to take a trace for.`);
        const has = own.trace_id === null ? undefined : hex(own.trace_id);
        if (has !== undefined && choices.includes(has)) return has;
        const others = answers[2]?.rows ?? [];
        const chosen = choices.find((traceId) => !others.some((other) => isTakenBy(other, traceId, id, own)));
        if (chosen === undefined) return undefined;
        await session.query(
          'UPDATE callspan.conversation SET trace_id = $3 WHERE source = $1 AND id = $2',
          ...[source, id, bytes(chosen)],
        );
        return chosen;
      },
      { flush: false },
    );
  }
}

function isTakenBy(other: Row, traceId: string, id: string, own: Row): boolean {
  if (hex(other.trace_id) !== traceId) return false;
  const isSame = other.id === id && other.provider === own.provider;
  return !isSame || other.is_rival === true;
}
