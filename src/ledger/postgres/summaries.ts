import type { SummarizedAgent } from '../../metrics/summary.ts';
import type { SummaryLedger } from '../contract.ts';
import type { Settlement, SummaryRow } from '../records.ts';
import { agentKey, readAgentKey, readSummaryText, summaryText } from '../summary-text.ts';
import { literal, type Session } from './client.ts';
import type { Database } from './database.ts';
import { hashOf } from './series.ts';
import { hex } from './values.ts';

/** Rows that are read at a time: there may be millions. */
const PAGE = 500;
/** Agents whose numbers are remembered. */
const MOST_AGENTS = 10_000;

/** The summary of every conversation that was delivered. */
export class SummaryRows implements SummaryLedger {
  readonly #database: Database;
  readonly #agents = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  async *between(source: number, since: number, until: number): AsyncGenerator<SummaryRow> {
    const agents = new Map<unknown, SummarizedAgent>();
    let after = { started: since, id: '' };
    for (;;) {
      const { rows } = await this.#database.query(
        `SELECT s.id, s.started, s.agent, s.numbers, a.key, c.trace_id FROM callspan.summary AS s
           JOIN callspan.agent AS a ON a.id = s.agent
           LEFT JOIN callspan.conversation AS c ON c.source = s.source AND c.id = s.id
         WHERE s.source = $1 AND s.started < $2 AND (s.started, s.id) > ($3, $4)
         ORDER BY s.started, s.id LIMIT ${PAGE}`,
        ...[source, until, after.started, after.id],
      );
      for (const { id, started, agent, numbers, key, trace_id } of rows) {
        after = { started: Number(started), id: String(id) };
        const known = agents.get(agent) ?? readAgentKey(String(key));
        agents.set(agent, known);
        const summary = { agent: known, startedAt: after.started, ...readSummaryText(String(numbers)) };
        yield { id: after.id, traceId: hex(trace_id), summary };
      }
      if (rows.length < PAGE) return;
    }
  }

  /** Keeps what conversations were at their first delivery, as a script for the transaction that records it. */
  async keeping(
    source: number,
    deliveries: readonly Extract<Settlement, { kind: 'delivered' }>[],
    session: Session,
  ): Promise<string> {
    const rows: string[] = [];
    for (const { id, summary } of deliveries) {
      if (summary === undefined) continue;
      const agent = await this.#agentOf(summary.agent, session);
      const values = [id, summary.startedAt, agent, summaryText(summary)];
      rows.push(`(${source},${values.map(literal).join(',')})`);
    }
    if (rows.length === 0) return '';
    return `INSERT INTO callspan.summary VALUES ${rows.join(',')} ON CONFLICT DO NOTHING;`;
  }

  async #agentOf(agent: SummarizedAgent, session: Session): Promise<number> {
    const key = agentKey(agent);
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const find = async () =>
      (await session.query('SELECT id FROM callspan.agent WHERE hash = $1', hashOf(key))).rows[0]?.id;
    // Remembered only where it is there for certain: what is added now may be taken back.
    const found = await find();
    if (found !== undefined && this.#agents.size < MOST_AGENTS) this.#agents.set(key, Number(found));
    if (found !== undefined) return Number(found);
    const sql = 'INSERT INTO callspan.agent (hash, key) VALUES ($1, $2) ON CONFLICT DO NOTHING';
    await session.query(sql, hashOf(key), key);
    return Number(await find());
  }
}
