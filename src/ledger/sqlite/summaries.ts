import type { SummarizedAgent, Summary } from '../../metrics/summary.ts';
import type { SummaryLedger } from '../contract.ts';
import { LedgerError } from '../errors.ts';
import type { SummaryRow } from '../records.ts';
import { agentKey, readAgentKey, readSummaryText, summaryText } from '../summary-text.ts';
import { checksum } from './checksum.ts';
import type { Database, Row } from './database.ts';
import { DAMAGED } from './result-code.ts';
import { hex } from './value.ts';

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
      const rows = this.#database.all(
        `SELECT summary.*, agent.key, conversation.trace_id FROM summary
         LEFT JOIN agent ON agent.id = summary.agent
         LEFT JOIN conversation ON conversation.source = summary.source AND conversation.id = summary.id
         WHERE summary.source = ? AND summary.started < ? AND (summary.started, summary.id) > (?, ?)
         ORDER BY summary.started, summary.id LIMIT ${PAGE}`,
        ...[source, until, after.started, after.id],
      );
      for (const row of rows) {
        after = { started: Number(row.started), id: String(row.id) };
        yield this.#read(row, agents);
      }
      if (rows.length < PAGE) return;
    }
  }

  /** Keeps what a conversation was at its first delivery, as the metrics do. Only in the transaction that records it. */
  keep(source: number, id: string, summary: Summary): void {
    const agent = this.#agentOf(summary.agent);
    const numbers = summaryText(summary);
    const started = Math.round(summary.startedAt);
    this.#database.run(
      `INSERT INTO summary (source, id, started, agent, numbers, checksum) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
      ...[source, id, started, agent, numbers, checksum([source, id, started, agent, numbers])],
    );
  }

  /** Only in a transaction. */
  forget(source: number, id: string): void {
    this.#database.run('DELETE FROM summary WHERE source = ? AND id = ?', source, id);
  }

  #agentOf(agent: SummarizedAgent): number {
    const key = agentKey(agent);
    const known = () => this.#database.get('SELECT id FROM agent WHERE key = ?', key)?.id;
    const id = known();
    if (id !== undefined) return Number(id);
    this.#database.run('INSERT INTO agent (key) VALUES (?)', key);
    return Number(known());
  }

  #read(row: Row, agents: Map<unknown, SummarizedAgent>): SummaryRow {
    const { source, id, started, agent, numbers, key } = row;
    const sealed = checksum([source ?? null, id ?? null, started ?? null, agent ?? null, numbers ?? null]);
    if (sealed !== Number(row.checksum) || typeof key !== 'string') {
      throw new LedgerError(`The ledger ${this.#database.file.name} ${DAMAGED}.`);
    }
    const known = agents.get(agent) ?? readAgentKey(key);
    agents.set(agent, known);
    return {
      id: String(id),
      traceId: hex(row.trace_id),
      summary: { agent: known, startedAt: Number(started), ...readSummaryText(String(numbers)) },
    };
  }
}
