import type { Database } from './database.ts';

/** `CSPN`: tells a callspan ledger from any other SQLite file. */
export const APPLICATION_ID = 0x4353504e;

/** What a conversation's row can be. Numbers, because they are in ten million rows and in an index. */
export const STATE = {
  /** Seen in the vendor's list, not ended yet. */
  active: 0,
  /** Ended; to be fetched and delivered. */
  due: 1,
  delivered: 2,
  /** Ended, and there is nothing to export. */
  empty: 3,
  /** The vendor does not know it any more. */
  gone: 4,
  /** Dead letter: it cannot be delivered as it is. */
  dead: 5,
} as const;

export type StateName = keyof typeof STATE;

/**
 * One step a version, each in a transaction of its own with the version it leads to. A step that has been
 * released never changes.
 */
export const MIGRATIONS: readonly ((database: Database) => void)[] = [
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
];
