import { judgeDead } from './attempts.ts';
import type { Database } from './database.ts';
import { isOfDatabase, judge } from './sql-state.ts';

/** A process that has not renewed its leases for so long is gone. In milliseconds, by the database's clock. */
export const LIFETIME = 10_000;

export const UNTIL = `clock_timestamp() + interval '${LIFETIME} milliseconds'`;

/**
 * Takes a lease that nobody has, or whose holder is gone, in one transaction. Waits for what that one has under way in
 * the database.
 * @param holder who takes it.
 * @param source whose rows it is the right to; undefined where it is none's.
 * @returns its epoch; undefined where it is somebody else's, or may be.
 * @throws as the database does.
 */
export async function takeOver(
  database: Database,
  holder: string,
  name: string,
  source: number | undefined,
): Promise<number | undefined> {
  try {
    return await database.transaction(
      `SET LOCAL lock_timeout = '500ms'; SET LOCAL synchronous_commit = on`,
      async (session) => {
        const before = await session.query(
          'SELECT holder FROM callspan.lease WHERE name = $1 FOR UPDATE',
          name,
        );
        const { rows } = await session.query(
          `INSERT INTO callspan.lease AS l (name, holder, epoch, since, until)
             SELECT $1, $2, 1, clock_timestamp(), ${UNTIL} WHERE EXISTS (SELECT 1 FROM callspan.replica
               WHERE holder = $2 AND until > clock_timestamp())
           ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = l.epoch + 1, since = excluded.since,
             until = excluded.until
             WHERE l.holder IS NULL OR l.holder = excluded.holder OR l.until < clock_timestamp() RETURNING epoch`,
          ...[name, holder],
        );
        const [row] = rows;
        if (row === undefined) return undefined;
        if (source === undefined) return Number(row.epoch);
        // Waits for the transaction that the last holder has open.
        await session.query(
          `INSERT INTO callspan.fence VALUES ($1, $2) ON CONFLICT (source) DO UPDATE SET epoch = excluded.epoch`,
          ...[source, Number(row.epoch)],
        );
        const dead = before.rows[0]?.holder;
        if (typeof dead === 'string' && dead !== holder) await judgeDead(session, dead, source);
        return Number(row.epoch);
      },
    );
  } catch (error) {
    // Somebody is in the way: at the next look. Where the commit was done all the same, that finds our own lease.
    if (isOfDatabase(error) && ['later', 'again'].includes(judge(error).remedy)) return undefined;
    throw error;
  }
}
