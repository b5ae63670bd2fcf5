import type { SummarizedAgent, Summary } from '../../metrics/summary.ts';
import type { SummaryLedger } from '../contract.ts';
import type { SummaryRow } from '../records.ts';
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

  /** Keeps what a conversation was at its first delivery, as the metrics do. Only in the transaction that records it. */
  async keep(query: Query, source: number, id: string, summary: Summary): Promise<void> {
    const key = agentKey(summary.agent);
    const known = async () => (await query('SELECT id FROM agent WHERE key = $1', [key]))[0]?.id;
    const agent =
      (await known()) ??
      (await query('INSERT INTO agent (key) VALUES ($1) ON CONFLICT DO NOTHING', [key]).then(known));
    await query(
      `INSERT INTO summary (source, id, started, agent, numbers) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      [source, id, whole(summary.startedAt), agent, summaryText(summary)],
    );
  }
}
