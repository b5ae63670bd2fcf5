/**
 * `npx tsx bench/idle-cycle.ts [--rows N]`: what a poll that finds nothing costs in a PostgreSQL ledger of so many
 * conversations, all delivered: the statements of a cycle and their time on the server, as it measures that itself.
 */
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { openLedger } from '../src/ledger/open.ts';
import { startPostgres } from '../test/ledger/postgres/server.ts';

const CYCLES = 20;
/** Rows of a page of a list. */
const PAGE = 100;
const AT_ONCE = 500_000;

const { values } = parseArgs({ options: { rows: { type: 'string', default: '10000000' } } });
const rows = Number(values.rows);
const server = await startPostgres({
  ...{ shared_preload_libraries: 'pg_stat_statements', shared_buffers: '256MB', max_wal_size: '4GB' },
});
try {
  const url = await server.database();
  const ledger = await openLedger(url);
  const source = await ledger.source('a', 'tavus');
  const client = new Client(url);
  await client.connect();
  await client.query('CREATE EXTENSION pg_stat_statements');
  for (let from = 0; from < rows; from += AT_ONCE) {
    await client.query(
      `INSERT INTO callspan.conversation (source, id, state, started, ended, seen, settled, trace_id, spans, shape, late)
       SELECT $1, md5(n::text), 2, n * 1000, n * 1000, n * 1000, n * 1000, decode(md5(n::text), 'hex'), 12,
         decode(md5(n::text), 'hex'), '' FROM generate_series($2::bigint, $3::bigint) AS n`,
      [source, from, Math.min(rows, from + AT_ONCE) - 1],
    );
  }
  await client.query('VACUUM ANALYZE callspan.conversation');
  const ids = (
    await client.query(`SELECT md5(n::text) AS id FROM generate_series($1::bigint, $2::bigint) AS n`, [
      rows - PAGE,
      rows - 1,
    ])
  ).rows.map(({ id }) => String(id));
  const now = Date.now();
  const cycle = async () => {
    const sightings = ids.map((id) => ({ id, ended: true, startedAt: now, endedAt: now, due: now }));
    await ledger.conversations.see(source, sightings, now);
    await ledger.conversations.active(source);
    await ledger.conversations.claim(source, { now, limit: 16 });
    await ledger.conversations.nextDue(source);
    await ledger.inbox.waiting(source, 100);
    await ledger.commands.open(source);
    await ledger.sources.tallies(source);
    await ledger.sources.polled(source, { at: now, next: now + 30_000, error: undefined });
  };
  await cycle();
  await client.query('SELECT pg_stat_statements_reset()');
  for (let nth = 0; nth < CYCLES; nth++) await cycle();
  const spent = await client.query(
    `SELECT sum(total_exec_time + total_plan_time) AS ms, max(max_exec_time) AS longest, sum(calls) AS calls
     FROM pg_stat_statements`,
  );
  const { ms, longest, calls } = spent.rows[0];
  const each = (value: unknown) => (Number(value) / CYCLES).toFixed(2);
  process.stdout.write(
    `${rows} conversations: ${each(ms)} ms in the database a cycle, ${each(calls)} statements, the longest ${Number(longest).toFixed(2)} ms\n`,
  );
  await client.end();
  await ledger.close();
} finally {
  await server.stop();
}
