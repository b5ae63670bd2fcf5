import { damaged, verifyRow } from './conversation-row.ts';
import type { Database, Row } from './database.ts';
import { bytes, hex } from './value.ts';

/**
 * Which conversation has which trace. The index of trace ids has each conversation's id too, so it knows one whose row a
 * disk has made another's: nothing of that one is sent or counted a second time.
 */
export class TraceIds {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The first of `choices` that `row`'s conversation has, or else that nobody has. Only in a transaction.
   * @param rivals names of other sources that send to the same place.
   */
  choose(row: Row, choices: readonly string[], rivals: readonly string[]): string | undefined {
    const has = row.trace_id === null ? undefined : hex(row.trace_id);
    if (has !== undefined && choices.includes(has)) return has;
    return choices.find((traceId) => !this.#isTaken(row, traceId, rivals));
  }

  #isTaken(row: Row, traceId: string, rivals: readonly string[]): boolean {
    const holders = this.#database.all(
      'SELECT source, id FROM conversation WHERE trace_id = ?',
      bytes(traceId),
    );
    return holders.some((holder) => {
      const isOwn = holder.source === row.source && holder.id === row.id;
      const known = this.#database.get(
        `SELECT conversation.*, source.name, source.provider,
           (SELECT provider FROM source WHERE id = ?) AS own_provider
         FROM conversation JOIN source ON source.id = conversation.source
         WHERE conversation.source = ? AND conversation.id = ?`,
        ...[row.source ?? null, holder.source ?? null, holder.id ?? null],
      );
      // What is known of it by its trace has to be known of it by its id.
      if (known === undefined || hex(known.trace_id) !== traceId || isOwn) {
        throw damaged(this.#database, `who has the trace ${traceId}`);
      }
      verifyRow(this.#database, known);
      const isSame = known.id === row.id && known.provider === known.own_provider;
      return !isSame || rivals.includes(String(known.name));
    });
  }
}
