import type { StateName } from '../records.ts';
import { checksum, checksumOf } from './checksum.ts';
import type { Row, Value } from './value.ts';

/** `CSPN`: tells a callspan ledger from any other SQLite file. */
export const APPLICATION_ID = 0x4353504e;

/** What a conversation's row can be. Numbers, because they are in ten million rows and in an index. */
export const STATE = {
  active: 0,
  due: 1,
  delivered: 2,
  empty: 3,
  gone: 4,
  dead: 5,
  parked: 6,
} as const satisfies Record<StateName, number>;

/** What belongs to a tally, in SQL: so much that a change of any one of the four shows. */
export const TALLY_CHECKSUM = (source: string, state: string, conversations: string) =>
  `(${conversations}) + 1099511627776 * (1 + (${state})) + 17592186044416 * (1 + (${source}))`;

/** What a step may do with the database. */
interface Statements {
  exec(sql: string): void;
  all(sql: string, ...values: Value[]): Row[];
  get(sql: string, ...values: Value[]): Row | undefined;
  run(sql: string, ...values: Value[]): number;
}

/**
 * One step a version, each in a transaction of its own with the version it leads to. A step that has been
 * released never changes.
 */
export const MIGRATIONS: readonly ((database: Statements) => void)[] = [
  (database) =>
    database.exec(`
      CREATE TABLE ledger (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
      INSERT INTO ledger VALUES ('instance', lower(hex(randomblob(16))));

      CREATE TABLE source (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        provider TEXT NOT NULL,
        cursor INTEGER,
        memory TEXT,
        swept_at INTEGER,
        polled_at INTEGER,
        next_poll_at INTEGER,
        error TEXT,
        error_at INTEGER
      ) STRICT;

      CREATE TABLE conversation (
        source INTEGER NOT NULL REFERENCES source,
        id TEXT NOT NULL,
        state INTEGER NOT NULL,
        due INTEGER,
        started INTEGER,
        ended INTEGER,
        seen INTEGER NOT NULL,
        settled INTEGER,
        attempts INTEGER NOT NULL DEFAULT 0,
        trace_id BLOB,
        spans INTEGER,
        shape BLOB,
        late BLOB,
        reason TEXT,
        PRIMARY KEY (source, id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX conversation_due ON conversation (source, due) WHERE due IS NOT NULL;
      CREATE INDEX conversation_active ON conversation (source, started) WHERE state = 0;
      CREATE INDEX conversation_settled ON conversation (source, state, settled) WHERE settled IS NOT NULL;

      CREATE TABLE tally (
        source INTEGER NOT NULL,
        state INTEGER NOT NULL,
        conversations INTEGER NOT NULL,
        PRIMARY KEY (source, state)
      ) STRICT, WITHOUT ROWID;
      CREATE TRIGGER conversation_inserted AFTER INSERT ON conversation BEGIN
        INSERT INTO tally VALUES (new.source, new.state, 1)
          ON CONFLICT DO UPDATE SET conversations = conversations + 1;
      END;
      CREATE TRIGGER conversation_changed AFTER UPDATE OF state ON conversation WHEN old.state <> new.state BEGIN
        UPDATE tally SET conversations = conversations - 1 WHERE source = old.source AND state = old.state;
        INSERT INTO tally VALUES (new.source, new.state, 1)
          ON CONFLICT DO UPDATE SET conversations = conversations + 1;
      END;
      CREATE TRIGGER conversation_deleted AFTER DELETE ON conversation BEGIN
        UPDATE tally SET conversations = conversations - 1 WHERE source = old.source AND state = old.state;
      END;
    `),
  (database) =>
    database.exec(`
      CREATE TABLE lease (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        holder TEXT NOT NULL,
        pid INTEGER NOT NULL,
        host TEXT NOT NULL,
        since INTEGER NOT NULL,
        renewed INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE request (
        id INTEGER PRIMARY KEY,
        body TEXT NOT NULL,
        state TEXT NOT NULL,
        progress TEXT NOT NULL,
        changed INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX request_open ON request (state) WHERE state IN ('waiting', 'running');
    `),
  (database) =>
    database.exec(`
      CREATE TABLE series (
        key TEXT PRIMARY KEY,
        metric TEXT NOT NULL,
        labels TEXT NOT NULL,
        start INTEGER NOT NULL,
        count INTEGER NOT NULL,
        sum TEXT NOT NULL,
        buckets TEXT NOT NULL,
        exemplars TEXT NOT NULL
      ) STRICT;
      CREATE TABLE counted (
        source INTEGER NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (source, hash)
      ) STRICT, WITHOUT ROWID;
    `),
  // What has failed before must not stand before what has not: each has an order of its own.
  (database) =>
    database.exec(`
      DROP INDEX conversation_due;
      CREATE INDEX conversation_ready ON conversation (source, due) WHERE due IS NOT NULL AND attempts = 0;
      CREATE INDEX conversation_retry ON conversation (source, due) WHERE due IS NOT NULL AND attempts > 0;
    `),
  // What is under way, so that a conversation that ends the process is known for it; and checksums.
  (database) => {
    database.exec(`
      CREATE TABLE attempt (
        source INTEGER NOT NULL,
        id TEXT NOT NULL,
        running INTEGER NOT NULL,
        apart INTEGER NOT NULL DEFAULT 0,
        certain INTEGER NOT NULL DEFAULT 0,
        alone INTEGER NOT NULL DEFAULT 0,
        company INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (source, id)
      ) STRICT, WITHOUT ROWID;
      ALTER TABLE series ADD COLUMN checksum INTEGER;
      ALTER TABLE source ADD COLUMN checksum INTEGER;
      ALTER TABLE ledger ADD COLUMN checksum INTEGER;
    `);
    for (const row of database.all('SELECT *, CAST(count AS TEXT) AS counted FROM series')) {
      const sum = checksumOf('series', row);
      database.run('UPDATE series SET checksum = ? WHERE key = ?', sum, row.key ?? null);
    }
    for (const row of database.all('SELECT * FROM source')) {
      const sum = checksumOf('source', row);
      database.run('UPDATE source SET checksum = ? WHERE id = ?', sum, row.id ?? null);
    }
    const instance = database.get(`SELECT value FROM ledger WHERE key = 'instance'`)?.value ?? null;
    database.run(`UPDATE ledger SET checksum = ? WHERE key = 'instance'`, checksum([instance]));
  },
  // A few numbers of each conversation, by which it is listed and compared.
  (database) =>
    database.exec(`
      CREATE TABLE agent (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;
      CREATE TABLE summary (
        source INTEGER NOT NULL,
        id TEXT NOT NULL,
        started INTEGER NOT NULL,
        agent INTEGER NOT NULL,
        numbers TEXT NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (source, id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX summary_started ON summary (source, started, id);
    `),
  // Who has which trace; and what a disk has changed in the rows of conversations, however many there are.
  (database) => {
    database.exec(`
      CREATE INDEX conversation_trace ON conversation (trace_id) WHERE trace_id IS NOT NULL;
      ALTER TABLE conversation ADD COLUMN checksum INTEGER;

      DROP TRIGGER conversation_inserted;
      DROP TRIGGER conversation_changed;
      DROP TRIGGER conversation_deleted;
      ALTER TABLE tally RENAME TO tally_before;
      CREATE TABLE tally (
        source INTEGER NOT NULL,
        state INTEGER NOT NULL,
        conversations INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (source, state)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO tally
        SELECT source, state, conversations, ${TALLY_CHECKSUM('source', 'state', 'conversations')} FROM tally_before;
      DROP TABLE tally_before;
      CREATE TRIGGER conversation_inserted AFTER INSERT ON conversation BEGIN
        INSERT INTO tally VALUES (new.source, new.state, 1, ${TALLY_CHECKSUM('new.source', 'new.state', '1')})
          ON CONFLICT DO UPDATE SET conversations = conversations + 1, checksum = checksum + 1;
      END;
      CREATE TRIGGER conversation_changed AFTER UPDATE OF state ON conversation WHEN old.state <> new.state BEGIN
        UPDATE tally SET conversations = conversations - 1, checksum = checksum - 1
          WHERE source = old.source AND state = old.state;
        INSERT INTO tally VALUES (new.source, new.state, 1, ${TALLY_CHECKSUM('new.source', 'new.state', '1')})
          ON CONFLICT DO UPDATE SET conversations = conversations + 1, checksum = checksum + 1;
      END;
      CREATE TRIGGER conversation_deleted AFTER DELETE ON conversation BEGIN
        UPDATE tally SET conversations = conversations - 1, checksum = checksum - 1
          WHERE source = old.source AND state = old.state;
      END;
    `);
    // What is there gets its checksums when it is written or inspected: a start must not wait for ten million rows.
    const isEmpty = database.get('SELECT 1 FROM conversation LIMIT 1') === undefined;
    if (isEmpty) database.exec(`INSERT INTO ledger (key, value) VALUES ('sealed', 'from the beginning')`);
  },
  // What webhooks have told. Payloads lie by themselves: they are large, and they go.
  (database) =>
    database.exec(`
      CREATE TABLE notice (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        source INTEGER NOT NULL,
        id TEXT,
        type TEXT NOT NULL,
        at INTEGER,
        digest BLOB NOT NULL,
        final INTEGER NOT NULL,
        terminal INTEGER NOT NULL,
        received INTEGER NOT NULL,
        taken INTEGER,
        UNIQUE (source, digest)
      ) STRICT;
      CREATE UNIQUE INDEX notice_event ON notice (source, id, type, at) WHERE at IS NOT NULL AND id IS NOT NULL;
      CREATE INDEX notice_of ON notice (source, id, number) WHERE id IS NOT NULL;
      CREATE INDEX notice_waiting ON notice (source, number) WHERE taken IS NULL;
      CREATE INDEX notice_taken ON notice (taken) WHERE taken IS NOT NULL;
      CREATE TABLE payload (
        number INTEGER PRIMARY KEY,
        source INTEGER NOT NULL,
        id TEXT,
        received INTEGER NOT NULL,
        body BLOB NOT NULL
      ) STRICT;
      CREATE INDEX payload_of ON payload (source, id, number);
      CREATE INDEX payload_received ON payload (source, received);
    `),
];
