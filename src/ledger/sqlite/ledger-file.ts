import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LedgerError } from '../errors.ts';

/** Only whoever runs callspan: ids of conversations and what a vendor says of them are nobody else's business. */
const PRIVATE = 0o600;
const OTHERS = 0o077;
/** SQLite's own files beside the ledger: without one of them two processes do not see each other. */
const COMPANIONS = ['-wal', '-shm'] as const;

/**
 * The files of a ledger on the disk. SQLite works with files that it has opened, whatever becomes of their names; a
 * second bridge opens what has the name then. So it is looked at before anything is written that they still are one.
 */
export class LedgerFile {
  /** As it was given, for messages. */
  readonly name: string;
  /** Without symbolic links: SQLite's companions are beside this one. */
  readonly path: string;
  readonly #known = new Map<string, Pick<Stats, 'dev' | 'ino'>>();

  constructor(name: string) {
    this.name = name;
    this.path = realPath(name);
  }

  get exists(): boolean {
    return statOf(this.path) !== undefined;
  }

  /** In bytes. */
  get size(): number {
    return (statOf(this.path)?.size ?? 0) + (statOf(`${this.path}-wal`)?.size ?? 0);
  }

  /** Makes an empty file that nobody else can read, where there is none. Why it cannot be made SQLite finds out, too. */
  make(): void {
    if (this.exists) return;
    const { O_CREAT, O_EXCL, O_RDWR, O_NOFOLLOW } = constants;
    let file: number;
    try {
      file = openSync(this.path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, PRIVATE);
    } catch {
      return;
    }
    try {
      // A umask can only have taken bits away.
      fchmodSync(file, PRIVATE);
    } finally {
      closeSync(file);
    }
  }

  /** Takes from everybody else what an older callspan, or a hand, has let them. */
  hide(): void {
    for (const path of this.#paths()) {
      const stat = statOf(path);
      if (stat === undefined || (stat.mode & OTHERS) === 0) continue;
      try {
        chmodSync(path, PRIVATE);
      } catch {
        // Nobody but its owner may change that; and where it cannot be written at all, the first write says so.
      }
    }
  }

  /**
   * Before anything is opened or hidden.
   * @throws LedgerError where it is no file, or what has the name of a companion leads elsewhere: somebody else's would be
   * written to, and hidden from everybody.
   */
  expectFiles(): void {
    const stat = statOf(this.path);
    if (stat !== undefined && !stat.isFile()) {
      throw new LedgerError(
        `The ledger ${this.name} is ${kindOf(stat)} and no file; set CALLSPAN_STATE to the path of a file.`,
      );
    }
    for (const suffix of COMPANIONS) {
      const companion = statOf(`${this.path}${suffix}`, lstatSync);
      if (companion === undefined || (companion.isFile() && companion.nlink === 1)) continue;
      const what = companion.isFile() ? 'another name of some file' : kindOf(companion);
      throw new LedgerError(
        `Beside the ledger ${this.name} there is ${what} where SQLite keeps a file of its own (${basename(this.path)}${suffix}); remove it.`,
      );
    }
  }

  /** @throws LedgerError where it can be come by in a way in which SQLite would not see who else does. */
  expectOneName(): void {
    const stat = statOf(this.path);
    if (stat?.isFile() && stat.nlink > 1) throw this.#linked(stat.nlink);
    if (isMountPoint(this.path)) {
      throw new LedgerError(
        `The ledger ${this.name} is mounted as a single file, and SQLite keeps two more beside it; mount its folder instead.`,
      );
    }
  }

  /** From now on these are the files. */
  remember(): void {
    for (const path of this.#paths()) {
      const found = statOf(path);
      if (found !== undefined) this.#known.set(path, { dev: found.dev, ino: found.ino });
    }
  }

  /** @throws LedgerError where they are not the files any more that were remembered. */
  check(): void {
    for (const [path, known] of this.#known) {
      const stat = statOf(path);
      if (stat === undefined || stat.ino !== known.ino || stat.dev !== known.dev) {
        const what = stat === undefined ? 'deleted or moved' : 'replaced by another';
        throw new LedgerError(
          `The ledger ${this.name} was ${what} while callspan was using it (${basename(path)}). Nothing more was sent; put back what was there, or start again on what is there now.`,
        );
      }
      if (stat.nlink > 1 && path === this.path) throw this.#linked(stat.nlink);
    }
  }

  #paths(): string[] {
    return [this.path, ...COMPANIONS.map((suffix) => `${this.path}${suffix}`)];
  }

  #linked(names: number): LedgerError {
    return new LedgerError(
      `The ledger ${this.name} has ${names} names (hard links), and two bridges on it would not see each other; remove all but one.`,
    );
  }
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return 'a folder';
  if (stat.isSymbolicLink()) return 'a symbolic link';
  if (stat.isFIFO()) return 'a pipe';
  return stat.isSocket() ? 'a socket' : 'a device';
}

function statOf(path: string, look: typeof statSync | typeof lstatSync = statSync): Stats | undefined {
  try {
    return look(path, { throwIfNoEntry: false });
  } catch {
    // What cannot even be looked at (a folder that may not be searched) is not there for us.
    return undefined;
  }
}

/** As it is where it or its folder is not there: opening it tells why. */
function realPath(name: string): string {
  try {
    return realpathSync(name);
  } catch {
    try {
      return join(realpathSync(dirname(name)), basename(name));
    } catch {
      return name;
    }
  }
}

/** Whether just this file was mounted here. Only Linux mounts files, and says so there. */
function isMountPoint(path: string): boolean {
  let mounts: string;
  try {
    mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return false;
  }
  const escaped = path.replaceAll(
    /[\\ \t\n]/g,
    (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return mounts.split('\n').some((line) => line.split(' ')[4] === escaped);
}
