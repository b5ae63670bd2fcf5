import type { StateName } from '../records.ts';

/** What a conversation's row can be: numbers, because they are in every row and in an index. */
export const STATE = {
  active: 0,
  due: 1,
  delivered: 2,
  empty: 3,
  gone: 4,
  dead: 5,
  parked: 6,
} as const satisfies Record<StateName, number>;

/** Rows that are rewritten again and again, beside themselves on their page. */
const REWRITTEN = 'WITH (fillfactor = 50)';
/** The defaults wait for a fifth of a table to be dead: of a hundred million rows that is never. */
const VACUUMED = `WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.02,
  autovacuum_analyze_scale_factor = 0.02)`;

export interface Migration {
  readonly sql: string;
  /**
   * The oldest version whose programs work with the tables as they are afterwards. A step only adds; what it makes
   * superfluous is taken away a release later, so that old and new replicas run together.
   */
  readonly oldestReader: number;
}

/** One step a version, each in a transaction of its own. A step that has been released never changes. */
export const MIGRATIONS: readonly Migration[] = [
  {
    oldestReader: 1,
    sql: `
      CREATE TABLE callspan.ledger (key text COLLATE "C" PRIMARY KEY, value text NOT NULL);
      INSERT INTO callspan.ledger VALUES ('instance', replace(gen_random_uuid()::text, '-', ''));

      CREATE TABLE callspan.source (
        id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text COLLATE "C" NOT NULL UNIQUE,
        provider text NOT NULL,
        cursor bigint,
        memory text,
        swept_at bigint,
        polled_at bigint,
        next_poll_at bigint,
        error text,
        error_at bigint
      );

      CREATE TABLE callspan.replica (
        holder text COLLATE "C" PRIMARY KEY,
        pid integer NOT NULL,
        host text NOT NULL,
        since timestamptz NOT NULL,
        until timestamptz NOT NULL,
        whole boolean NOT NULL,
        sources smallint[] NOT NULL DEFAULT '{}',
        leaving boolean NOT NULL DEFAULT false,
        judged boolean NOT NULL DEFAULT false
      ) ${REWRITTEN};
      CREATE TABLE callspan.lease (
        name text COLLATE "C" PRIMARY KEY,
        holder text COLLATE "C",
        epoch bigint NOT NULL,
        since timestamptz NOT NULL,
        until timestamptz NOT NULL
      ) ${REWRITTEN};
      CREATE TABLE callspan.fence (source smallint PRIMARY KEY, epoch bigint NOT NULL) ${REWRITTEN};
      CREATE TABLE callspan.told (one boolean PRIMARY KEY CHECK (one), epoch bigint NOT NULL, at bigint NOT NULL);
      INSERT INTO callspan.told VALUES (true, 0, 0);

      CREATE TABLE callspan.conversation (
        source smallint NOT NULL,
        id text COLLATE "C" NOT NULL,
        state smallint NOT NULL,
        due bigint,
        started bigint,
        ended bigint,
        seen bigint NOT NULL,
        settled bigint,
        attempts integer NOT NULL DEFAULT 0,
        trace_id bytea,
        spans integer,
        shape bytea,
        late bytea,
        reason text,
        PRIMARY KEY (source, id)
      ) ${VACUUMED};
      CREATE INDEX conversation_ready ON callspan.conversation (source, due) WHERE due IS NOT NULL AND attempts = 0;
      CREATE INDEX conversation_untouched ON callspan.conversation (source, due)
        WHERE due IS NOT NULL AND attempts = 0 AND state = 1 AND reason IS NULL;
      CREATE INDEX conversation_retry ON callspan.conversation (source, due) WHERE due IS NOT NULL AND attempts > 0;
      CREATE INDEX conversation_active ON callspan.conversation (source, started) WHERE state = 0;
      CREATE INDEX conversation_settled ON callspan.conversation (source, state, settled, id) WHERE settled IS NOT NULL;
      CREATE INDEX conversation_trace ON callspan.conversation (trace_id) WHERE trace_id IS NOT NULL;
      CREATE TABLE callspan.counted (source smallint, hash bytea, PRIMARY KEY (source, hash)) ${VACUUMED};

      CREATE TABLE callspan.attempt (
        source smallint NOT NULL,
        id text COLLATE "C" NOT NULL,
        holder text COLLATE "C" NOT NULL,
        running boolean NOT NULL,
        apart boolean NOT NULL DEFAULT false,
        certain integer NOT NULL DEFAULT 0,
        alone integer NOT NULL DEFAULT 0,
        company integer NOT NULL DEFAULT 0,
        accused_by text COLLATE "C",
        accused_of text,
        PRIMARY KEY (source, id)
      ) ${REWRITTEN};
      CREATE INDEX attempt_holder ON callspan.attempt (holder) WHERE running;

      CREATE TABLE callspan.tally (
        source smallint, state smallint, conversations bigint NOT NULL, PRIMARY KEY (source, state)
      ) ${REWRITTEN};
      CREATE FUNCTION callspan.tally_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO callspan.tally SELECT source, state, count(*) FROM after GROUP BY 1, 2 ORDER BY 1, 2
          ON CONFLICT (source, state) DO UPDATE SET conversations = tally.conversations + excluded.conversations;
        RETURN NULL;
      END $$;
      CREATE FUNCTION callspan.tally_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO callspan.tally SELECT source, state, sum(change) FROM (
            SELECT source, state, 1 AS change FROM after UNION ALL SELECT source, state, -1 FROM before
          ) AS changes GROUP BY 1, 2 HAVING sum(change) <> 0 ORDER BY 1, 2
          ON CONFLICT (source, state) DO UPDATE SET conversations = tally.conversations + excluded.conversations;
        RETURN NULL;
      END $$;
      CREATE FUNCTION callspan.tally_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO callspan.tally SELECT source, state, -count(*) FROM before GROUP BY 1, 2 ORDER BY 1, 2
          ON CONFLICT (source, state) DO UPDATE SET conversations = tally.conversations + excluded.conversations;
        RETURN NULL;
      END $$;
      CREATE TRIGGER added AFTER INSERT ON callspan.conversation REFERENCING NEW TABLE AS after
        FOR EACH STATEMENT EXECUTE FUNCTION callspan.tally_added();
      CREATE TRIGGER changed AFTER UPDATE ON callspan.conversation REFERENCING OLD TABLE AS before NEW TABLE AS after
        FOR EACH STATEMENT EXECUTE FUNCTION callspan.tally_changed();
      CREATE TRIGGER removed AFTER DELETE ON callspan.conversation REFERENCING OLD TABLE AS before
        FOR EACH STATEMENT EXECUTE FUNCTION callspan.tally_removed();

      CREATE TABLE callspan.request (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        parent bigint,
        source text COLLATE "C",
        body text NOT NULL,
        state text NOT NULL,
        progress text NOT NULL,
        changed bigint NOT NULL
      );
      CREATE INDEX request_open ON callspan.request (id) WHERE state IN ('waiting', 'running');
      CREATE INDEX request_parent ON callspan.request (parent) WHERE parent IS NOT NULL;

      CREATE TABLE callspan.series (
        hash bytea PRIMARY KEY,
        key text COLLATE "C" NOT NULL,
        metric text NOT NULL,
        labels text NOT NULL,
        start bigint NOT NULL
      );
      CREATE TABLE callspan.series_value (
        source smallint NOT NULL,
        series bytea NOT NULL,
        count bigint NOT NULL,
        sum numeric NOT NULL,
        buckets bigint[] NOT NULL,
        exemplars text[] NOT NULL,
        PRIMARY KEY (source, series)
      ) ${REWRITTEN};

      CREATE TABLE callspan.agent (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hash bytea NOT NULL UNIQUE,
        key text NOT NULL);
      CREATE TABLE callspan.summary (
        source smallint NOT NULL,
        id text COLLATE "C" NOT NULL,
        started bigint NOT NULL,
        agent integer NOT NULL,
        numbers text NOT NULL,
        PRIMARY KEY (source, id)
      ) ${VACUUMED};
      CREATE INDEX summary_started ON callspan.summary (source, started, id);

      CREATE TABLE callspan.notice (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source smallint NOT NULL,
        id text COLLATE "C",
        type text NOT NULL,
        at bigint,
        digest bytea NOT NULL,
        final boolean NOT NULL,
        terminal boolean NOT NULL,
        received bigint NOT NULL,
        taken bigint,
        UNIQUE (source, digest)
      );
      CREATE UNIQUE INDEX notice_event ON callspan.notice (source, id, type, at) WHERE at IS NOT NULL AND id IS NOT NULL;
      CREATE INDEX notice_of ON callspan.notice (source, id, number) WHERE id IS NOT NULL;
      CREATE INDEX notice_waiting ON callspan.notice (source, number) WHERE taken IS NULL;
      CREATE INDEX notice_taken ON callspan.notice (taken) WHERE taken IS NOT NULL;
      CREATE TABLE callspan.payload (
        number bigint PRIMARY KEY,
        source smallint NOT NULL,
        id text COLLATE "C",
        received bigint NOT NULL,
        body bytea NOT NULL
      );
      CREATE INDEX payload_of ON callspan.payload (source, id, number);
      CREATE INDEX payload_received ON callspan.payload (source, received);
    `,
  },
];
