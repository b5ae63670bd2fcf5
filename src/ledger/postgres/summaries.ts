import type { SummarizedAgent } from '../../metrics/summary.ts';
import type { SummaryLedger } from '../contract.ts';
import type { Settlement, SummaryRow } from '../records.ts';
import { agentKey, readAgentKey, readSummaryText, summaryText } from '../summary-text.ts';
import type { Database, Query } from './database.ts';
import { hex, whole } from './value.ts';

/** Rows that are read at a time: there may be millions. */
const PAGE = 500;

/** The summary of every conversation that was delivered. */
export class SummaryRows implements SummaryLedger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async *between(source: number, since: number, until: number): AsyncGenerator<SummaryRow> {
    const agents = new Map<unknown, SummarizedAgent>();
    let after = { started: since, id: '' };
    for (;;) {
      const rows = await this.#database.all(
        `SELECT summary.*, agent.key, conversation.trace_id FROM summary
         JOIN agent ON agent.id = summary.agent
         LEFT JOIN conversation ON conversation.source = summary.source AND conversation.id = summary.id
         WHERE summary.source = $1 AND summary.started < $2 AND (summary.started, summary.id) > ($3, $4)
         ORDER BY summary.started, summary.id LIMIT ${PAGE}`,
        ...[source, whole(until), whole(after.started), after.id],
      );
      for (const row of rows) {
        after = { started: Number(row.started), id: String(row.id) };
        const agent = agents.get(row.agent) ?? readAgentKey(String(row.key));
        agents.set(row.agent, agent);
        yield {
          id: after.id,
          traceId: hex(row.trace_id),
          summary: { agent, startedAt: after.started, ...readSummaryText(String(row.numbers)) },
        };
      }
      if (rows.length < PAGE) return;
    }
  }

  /**
   * Keeps what conversations were at their first delivery, as the metrics do. Of no conversation two. Only in the
   * transaction that records them.
   */
  async keep(query: Query, settlements: readonly Settlement[]): Promise<void> {
    const kept = settlements.flatMap((one) =>
      one.kind === 'delivered' && one.summary !== undefined
        ? [{ source: one.source, id: one.id, summary: one.summary }]
        : [],
    );
    if (kept.length === 0) return;
    const keys = kept.map(({ summary }) => agentKey(summary.agent));
    // A number is used up by each that is known already: only the others are added.
    await query(
      `INSERT INTO agent (key) SELECT DISTINCT k FROM unnest($1::text[]) AS k
       WHERE NOT EXISTS (SELECT FROM agent WHERE agent.key = k) ORDER BY k ON CONFLICT DO NOTHING`,
      [keys],
    );
    await query(
      `INSERT INTO summary (source, id, started, agent, numbers)
       SELECT s.source, s.id, s.started, agent.id, s.numbers
       FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::text[]) AS s(source, id, started, key, numbers)
       JOIN agent ON agent.key = s.key ORDER BY s.source, s.id ON CONFLICT DO NOTHING`,
      [
        kept.map(({ source }) => source),
        kept.map(({ id }) => id),
        kept.map(({ summary }) => whole(summary.startedAt)),
        keys,
        kept.map(({ summary }) => summaryText(summary)),
      ],
    );
  }
}
