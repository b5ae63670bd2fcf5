import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { ConfigError } from '../config/config.ts';

/** Never an existing file, and never through a link that somebody has put there. */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Writes a file that only its owner can read: it may hold what was said. It is written beside its place and moved
 * there when it is whole, so that neither a link in its place is followed, nor a hard link's other end changed, nor a
 * half of it left behind by a full disk. A regular file that is there is replaced.
 * @throws ConfigError where the place holds something else than a file, or cannot be written.
 */
export async function writePrivateFile(path: string, content: string): Promise<void> {
  const present = await lstat(path).catch(unlessAbsent(path));
  if (present?.isSymbolicLink())
    throw new ConfigError(
      `${path} is a symbolic link, and callspan writes through none: name the file itself.`,
    );
  if (present !== undefined && !present.isFile())
    throw new ConfigError(`${path} is no regular file; name one that may be written.`);
  const partial = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(partial, NEW_FILE, 0o600);
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw cannotWrite(path, error);
  }
}

function unlessAbsent(path: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== 'ENOENT') throw cannotWrite(path, error);
    return undefined;
  };
}

function cannotWrite(path: string, error: unknown): ConfigError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new ConfigError(`${path} cannot be written: its folder does not exist.`);
  return new ConfigError(`${path} cannot be written (${code ?? message}).`);
}
