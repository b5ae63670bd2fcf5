import { crashPoint } from '../../crash-point.ts';
import { LedgerError } from '../errors.ts';
import type { Client, Session } from './client.ts';
import { MIGRATIONS, type Migration } from './schema.ts';

/** `CSPN`: a lock of this number is callspan's. */
const LOCK = 0x4353504e;

interface Version {
  readonly version: number;
  readonly oldestReader: number;
}

/**
 * Brings the tables up to this program's version, whoever else is doing so at the same time. A lock on DDL is not waited
 * for in front of everybody else: it is given up, and tried again by the caller.
 * @throws LedgerError where the tables are for newer programs only.
 */
export async function migrate(client: Client, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  const before = await client.session(readVersion);
  if (before !== undefined) expectReadable(client.where, before, migrations.length);
  if (before !== undefined && before.version >= migrations.length) return;
  for (const [index, { sql, oldestReader }] of migrations.entries()) {
    await client.session(async (session) => {
      await session.script(`BEGIN; SELECT pg_advisory_xact_lock(${LOCK}); SET LOCAL lock_timeout = '2s'`);
      const version = (await readVersion(session))?.version ?? 0;
      if (version > index) {
        await session.script('ROLLBACK');
        return;
      }
      const first = `CREATE SCHEMA IF NOT EXISTS callspan;
        CREATE TABLE callspan.schema (one boolean PRIMARY KEY CHECK (one), version integer NOT NULL,
          oldest_reader integer NOT NULL);
        INSERT INTO callspan.schema VALUES (true, 0, 0);`;
      await session.script(`${index === 0 ? first : ''}${sql}`);
      crashPoint('during-migration');
      await session.script(
        `UPDATE callspan.schema SET version = ${index + 1}, oldest_reader = ${oldestReader}; COMMIT`,
      );
    });
  }
}

/** @throws LedgerError where there are no tables, or none for this program. */
export async function expectVersion(client: Client): Promise<void> {
  const version = await client.session(readVersion);
  if (version === undefined) {
    throw new LedgerError(
      `There is no ledger at ${client.where}; check CALLSPAN_STATE, or start the bridge first.`,
    );
  }
  expectReadable(client.where, version, MIGRATIONS.length);
  if (version.version < MIGRATIONS.length) {
    throw new LedgerError(
      `The ledger at ${client.where} was written by an older callspan; start the bridge on it once.`,
    );
  }
}

/** A program below the oldest reader stops, also one that has been running. */
export function expectReadable(where: string, { version, oldestReader }: Version, known: number): void {
  if (oldestReader <= known) return;
  throw new LedgerError(
    `The ledger at ${where} was changed by a newer callspan (its version is ${version}, and programs from ${oldestReader} on can use it; this one knows ${known}); run that version.`,
  );
}

export async function readVersion(session: Session): Promise<Version | undefined> {
  // Not by `to_regclass`: who has waited for the lock would be told from memory what was there before.
  const { count } = await session.query(
    `SELECT 1 FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = 'callspan' AND c.relname = 'schema'`,
  );
  if (count === 0) return undefined;
  const found = (await session.query('SELECT version, oldest_reader FROM callspan.schema')).rows[0];
  return found && { version: Number(found.version), oldestReader: Number(found.oldest_reader) };
}
