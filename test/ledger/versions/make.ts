/**
 * Makes the ledgers of older versions that the migrations are tested with, as small as they can be:
 * `npx tsx test/ledger/versions/make.ts`. A file that is there already was made when its version was the newest, and
 * stays as it is.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import type { Database, Row } from '../../../src/ledger/sqlite/database.ts';
import { APPLICATION_ID, MIGRATIONS } from '../../../src/ledger/sqlite/schema.ts';

/** What a ledger of each version had in it. */
const CONTENT: readonly string[] = [
  `INSERT INTO source (id, name, provider, cursor, memory, swept_at) VALUES
     (1, 'clinic', 'elevenlabs', 1767225600000, NULL, 1767225000000),
     (2, 'shop', 'tavus', 1767225600000, '{"order":"newest"}', 1767225000000);
   INSERT INTO conversation (source, id, state, due, started, ended, seen) VALUES
     (1, 'conv_active', 0, 1767229200000, 1767225500000, NULL, 1767225600000),
     (1, 'conv_due', 1, 1767225590000, 1767225400000, 1767225590000, 1767225600000);
   INSERT INTO conversation (source, id, state, due, started, ended, seen, settled, trace_id, spans, shape, late) VALUES
     (2, 'c0ffee', 2, 1767311990000, 1767225400000, 1767225590000, 1767225600000, 1767225700000,
      x'${'ab'.repeat(16)}', 12, x'${'cd'.repeat(16)}', x'0123456789abcdef');
   INSERT INTO conversation (source, id, state, started, seen, settled, reason) VALUES
     (2, 'cdead', 5, 1767225400000, 1767225600000, 1767225700000, 'the collector refused it (400): no');`,
  `INSERT INTO request (body, state, progress, changed) VALUES
     ('{"kind":"retry","dead":true}', 'waiting', '{}', 1767225700000);`,
  `INSERT INTO series VALUES ('callspan.conversations {"callspan.source":"shop"}', 'callspan.conversations',
     '{"callspan.source":"shop"}', 1767225699999, 1, '1000000000', '[]', '[]');
   INSERT INTO counted VALUES (2, x'0011223344556677');`,
  '',
  `INSERT INTO attempt (source, id, running, alone) VALUES (2, 'cdead', 0, 1);`,
  `INSERT INTO agent (key) VALUES ('["agent_1",null,null]');`,
  '',
  `INSERT INTO notice (source, id, type, at, digest, final, terminal, received) VALUES
     (1, 'conv_due', 'post_call_transcription', 1767225590000, x'${'ef'.repeat(32)}', 0, 1, 1767225591000);`,
];

/** As much of a database as a migration uses. */
function asDatabase(raw: InstanceType<typeof DatabaseSync>): Database {
  const part: Pick<Database, 'exec' | 'run' | 'get' | 'all'> = {
    exec: (sql) => raw.exec(sql),
    run: (sql, ...values) => Number(raw.prepare(sql).run(...values).changes),
    get: (sql, ...values) => raw.prepare(sql).get(...values) as Row | undefined,
    all: (sql, ...values) => raw.prepare(sql).all(...values) as Row[],
  };
  return part as Database;
}

for (let version = 1; version <= MIGRATIONS.length; version++) {
  const file = fileURLToPath(new URL(`./${version}.sqlite`, import.meta.url));
  if (existsSync(file)) continue;
  const raw = new DatabaseSync(file);
  raw.exec('PRAGMA page_size = 512');
  for (const [index, migrate] of MIGRATIONS.slice(0, version).entries()) {
    migrate(asDatabase(raw));
    raw.exec(CONTENT[index] ?? '');
  }
  raw.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version}; VACUUM`);
  raw.close();
  process.stdout.write(`made ${file}\n`);
}
