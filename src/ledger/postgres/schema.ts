import type { Query } from './database.ts';
import { SCHEMA } from './database.ts';

/** Whoever migrates holds this advisory lock: others wait, and find it done. */
const LOCK = 0x63616c6c;

/** State numbers, in the columns. They never change. */
export const STATE = { active: 0, due: 1, delivered: 2, empty: 3, gone: 4, dead: 5, parked: 6 } as const;

/**
 * One step a version. A step that has been released never changes, and adds only what an older program does not mind:
 * replicas of two versions run beside each other for as long as a deployment takes.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE ledger (key text COLLATE "C" PRIMARY KEY, value text NOT NULL);
  INSERT INTO ledger VALUES ('instance', replace(gen_random_uuid()::text, '-', ''));

  CREATE TABLE source (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    provider text NOT NULL,
    cursor bigint, memory text, swept_at bigint, polled_at bigint, next_poll_at bigint, error text, error_at bigint
  );

  CREATE TABLE conversation (
    source smallint NOT NULL REFERENCES source,
    id text COLLATE "C" NOT NULL,
    state smallint NOT NULL,
    due bigint, started bigint, ended bigint, seen bigint NOT NULL, settled bigint,
    attempts integer NOT NULL DEFAULT 0,
    trace_id bytea, spans integer, shape bytea, late bytea, reason text,
    PRIMARY KEY (source, id)
  ) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.02);
  CREATE INDEX conversation_ready ON conversation (source, due) WHERE due IS NOT NULL AND attempts = 0;
  CREATE INDEX conversation_retry ON conversation (source, due) WHERE due IS NOT NULL AND attempts > 0;
  CREATE INDEX conversation_active ON conversation (source, started) WHERE state = 0;
  CREATE INDEX conversation_settled ON conversation (source, state, settled, id) WHERE settled IS NOT NULL;

  CREATE TABLE tally (
    source smallint NOT NULL, state smallint NOT NULL, conversations bigint NOT NULL, PRIMARY KEY (source, state)
  ) WITH (fillfactor = 50);
  CREATE FUNCTION count_states() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
  BEGIN
    IF TG_OP <> 'INSERT' THEN
      INSERT INTO tally SELECT source, state, -count(*) FROM before GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (source, state) DO UPDATE SET conversations = tally.conversations + excluded.conversations;
    END IF;
    IF TG_OP <> 'DELETE' THEN
      INSERT INTO tally SELECT source, state, count(*) FROM after GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (source, state) DO UPDATE SET conversations = tally.conversations + excluded.conversations;
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER inserted AFTER INSERT ON conversation REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION count_states();
  CREATE TRIGGER updated AFTER UPDATE ON conversation REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION count_states();
  CREATE TRIGGER deleted AFTER DELETE ON conversation REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION count_states();

  CREATE TABLE counted (source smallint NOT NULL, hash bytea NOT NULL, PRIMARY KEY (source, hash));
  CREATE TABLE attempt (
    source smallint NOT NULL, id text COLLATE "C" NOT NULL,
    running boolean NOT NULL, apart boolean NOT NULL DEFAULT false,
    certain integer NOT NULL DEFAULT 0, alone integer NOT NULL DEFAULT 0, company integer NOT NULL DEFAULT 0,
    PRIMARY KEY (source, id)
  );

  CREATE TABLE series (
    key text COLLATE "C" PRIMARY KEY, metric text NOT NULL, labels text NOT NULL, start bigint NOT NULL,
    count numeric(38, 0) NOT NULL, sum numeric NOT NULL, buckets text NOT NULL, exemplars text NOT NULL
  ) WITH (fillfactor = 50);

  CREATE TABLE agent (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text COLLATE "C" NOT NULL UNIQUE);
  CREATE TABLE summary (
    source smallint NOT NULL, id text COLLATE "C" NOT NULL, started bigint NOT NULL, agent integer NOT NULL,
    numbers text NOT NULL, PRIMARY KEY (source, id)
  );
  CREATE INDEX summary_started ON summary (source, started, id);

  CREATE TABLE request (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body text NOT NULL, state text NOT NULL, progress text NOT NULL, changed bigint NOT NULL
  );
  CREATE INDEX request_open ON request (state) WHERE state IN ('waiting', 'running');

  CREATE TABLE notice (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source smallint NOT NULL, id text COLLATE "C", type text NOT NULL, at bigint, digest bytea NOT NULL,
    final boolean NOT NULL, terminal boolean NOT NULL, received bigint NOT NULL, taken bigint,
    UNIQUE (source, digest)
  );
  CREATE UNIQUE INDEX notice_event ON notice (source, id, type, at) WHERE at IS NOT NULL AND id IS NOT NULL;
  CREATE INDEX notice_of ON notice (source, id, number) WHERE id IS NOT NULL;
  CREATE INDEX notice_waiting ON notice (source, number) WHERE taken IS NULL;
  CREATE INDEX notice_taken ON notice (taken) WHERE taken IS NOT NULL;
  CREATE TABLE payload (
    number bigint PRIMARY KEY, source smallint NOT NULL, id text COLLATE "C", received bigint NOT NULL, body bytea NOT NULL
  );
  CREATE INDEX payload_of ON payload (source, id, number);
  CREATE INDEX payload_received ON payload (source, received);

  CREATE TABLE lease (
    name text COLLATE "C" PRIMARY KEY, holder text, epoch bigint NOT NULL, until timestamptz NOT NULL,
    pid integer NOT NULL, host text NOT NULL, since bigint NOT NULL
  ) WITH (fillfactor = 50);
  CREATE TABLE fence (name text COLLATE "C" PRIMARY KEY, epoch bigint NOT NULL) WITH (fillfactor = 50);
  `,
];

export const VERSION = MIGRATIONS.length;

/** Brings the schema to this program's version, each step with the version that it leads to. In one transaction. */
export async function migrate(query: Query): Promise<void> {
  // A look first: it needs no lock, and whoever may not make a schema need not.
  if (await isCurrent(query)) return;
  await query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
  await query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
  await query('CREATE TABLE IF NOT EXISTS version (one boolean PRIMARY KEY, version integer NOT NULL)');
  const version = await versionOf(query);
  for (const step of MIGRATIONS.slice(version)) await query(step);
  if (version < VERSION) {
    await query(
      'INSERT INTO version VALUES (true, $1) ON CONFLICT (one) DO UPDATE SET version = excluded.version',
      [VERSION],
    );
  }
}

async function isCurrent(query: Query): Promise<boolean> {
  const [row] = await query('SELECT to_regclass($1) IS NOT NULL AS has', [`${SCHEMA}.version`]);
  return row?.has === true && (await versionOf(query)) >= VERSION;
}

/** 0 where there is none yet. */
export async function versionOf(query: Query): Promise<number> {
  const [row] = await query('SELECT version FROM version');
  return Number(row?.version ?? 0);
}
