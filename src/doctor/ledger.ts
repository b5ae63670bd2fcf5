import { existsSync } from 'node:fs';
import { statfs, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { LedgerError } from '../ledger/errors.ts';
import { isServer, openLedger, shownPlace } from '../ledger/open.ts';
import type { Holder } from '../ledger/records.ts';
import type { Clock } from '../time/clock.ts';
import { type Finding, good, note, problem, type Trouble } from './finding.ts';

/** Less room than this is little, in bytes: a hundred thousand conversations, and SQLite's log beside them. */
const LITTLE_ROOM = 64 * 1024 * 1024;
/** With less than this nothing is sent: callspan keeps as much in reserve. */
const NO_ROOM = 8 * 1024 * 1024;

const STOPS = 'the bridge ends with exit code 3, and nothing is delivered';

/** Looks at the ledger, and at its disk, without changing what is there. @param state where the settings have it. */
export async function examineLedger(state: string, clock: Clock, lines: LedgerLines): Promise<Finding[]> {
  if (isServer(state)) return [await examineOpen(state, clock, lines)];
  const folder = dirname(resolve(state));
  const disk = await examineFolder(folder, state, lines);
  if (disk.some(({ level }) => level === 'problem')) return disk;
  if (!existsSync(state))
    return [...disk, good('ledger', state, 'there is none yet; the first start makes it')];
  return [...disk, await examineOpen(state, clock, lines)];
}

/** How a setting is written where its present value stands. */
export interface LedgerLines {
  readonly state: (path: string) => string;
}

async function examineFolder(
  folder: string,
  state: string,
  { state: line }: LedgerLines,
): Promise<Finding[]> {
  const probe = `${folder}/.callspan-doctor-${process.pid}`;
  try {
    await writeFile(probe, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    return [problem('disk', folder, whyNotWritable(error, folder, state, line), STOPS)];
  }
  await unlink(probe);
  const { bavail, bsize } = await statfs(folder);
  const left = bavail * bsize;
  if (left >= LITTLE_ROOM) return [];
  const trouble = {
    said: `${Math.floor(left / 1024 / 1024)} MB are left where the ledger ${state} is`,
    mend: line(`<a file on a disk with room>/${basename(state)}`),
  };
  return [
    left < NO_ROOM
      ? problem('disk', folder, trouble, STOPS)
      : note('disk', folder, trouble, 'when it is full nothing more is delivered until there is room'),
  ];
}

function whyNotWritable(
  error: unknown,
  folder: string,
  state: string,
  line: (path: string) => string,
): Trouble {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  switch (code) {
    case 'ENOENT':
      return { said: `the folder ${folder} of the ledger does not exist`, mend: `mkdir -p ${folder}` };
    case 'ENOTDIR':
      return { said: `${folder} is no folder`, mend: line(`<a folder>/${basename(state)}`) };
    case 'EROFS':
      return {
        said: `${folder} is on a file system that may not be written (${code})`,
        mend: line(`<a folder that may be written>/${basename(state)}`),
      };
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        said: `the disk of ${folder} is full (${code})`,
        mend: line(`<a file on a disk with room>/${basename(state)}`),
      };
    default:
      return {
        said: `${folder} cannot be written (${code})`,
        mend: `sudo chown ${process.getuid?.() ?? '<user>'} ${folder}`,
      };
  }
}

async function examineOpen(state: string, clock: Clock, { state: line }: LedgerLines): Promise<Finding> {
  const place = shownPlace(state);
  const aside = `mv ${state} ${state}.damaged`;
  try {
    const ledger = await openLedger(state, { readOnly: true });
    try {
      const holder = await ledger.holder(clock);
      if (holder !== undefined) return held(place, holder, line);
      // What stands in it is read once, all that is small: damage shows there.
      const sources = await ledger.sources.all();
      for (const { id } of sources) await ledger.sources.tallies(id);
      await ledger.series();
      return good('ledger', place, `can be read; ${sources.length} sources are known to it`);
    } finally {
      await ledger.close();
    }
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    const said = error.message.replace(/\.$/, '');
    if (/damaged/.test(said)) return problem('ledger', place, { said, mend: aside }, STOPS);
    if (/older callspan/.test(said)) {
      const migrates = { said, mend: 'callspan run --once' };
      return note('ledger', place, migrates, 'the next start brings it up to date');
    }
    const mend = line(isServer(state) ? '<the address of the database>' : '<another file>');
    return problem('ledger', place, { said, mend }, STOPS);
  }
}

/** A bridge that runs is as it should be; whoever wants to start another has to know. */
function held(state: string, { pid, host, since }: Holder, line: (path: string) => string): Finding {
  return note(
    'ledger',
    state,
    {
      said: `a bridge is running on it: process ${pid} on ${host}, since ${new Date(since).toISOString()}`,
      mend: line(`<a file of its own>`),
    },
    'a second bridge on the same ledger ends with exit code 3',
  );
}
