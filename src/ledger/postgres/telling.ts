import type { Numbers } from '../contract.ts';
import type { Database } from './database.ts';
import { ALL_PARTS, toSeries } from './series.ts';

/**
 * The numbers, with the moment that they are of. The moment is taken after the sums, and both under one lock: so a later
 * moment always has later sums, whichever process tells them, whenever it arrives, whatever its clock says.
 * @param epoch of the lease of whoever tells them; undefined where nobody has it.
 * @returns undefined where somebody else tells them now.
 */
export async function tellNumbers(
  database: Database,
  epoch: number | undefined,
): Promise<Numbers | undefined> {
  return await database.persist(() =>
    database.transaction('SET LOCAL synchronous_commit = on', async (session) => {
      const fenced = epoch === undefined ? '' : `AND epoch <= ${epoch}`;
      // A statement of its own: what is read next is what is there after the lock.
      const lock = await session.query(`SELECT 1 FROM callspan.told WHERE one ${fenced} FOR UPDATE`);
      if (lock.count === 0) return undefined;
      const series = toSeries((await session.query(ALL_PARTS)).rows);
      const latest = series.reduce((start, one) => Math.max(start, one.start), 0);
      const { rows } = await session.query(
        `UPDATE callspan.told SET epoch = greatest(epoch, $1),
           at = greatest(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint, at + 1, $2) RETURNING at`,
        ...[epoch ?? 0, latest + 1],
      );
      return { series, at: Number(rows[0]?.at) };
    }),
  );
}
