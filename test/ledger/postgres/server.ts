import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** A PostgreSQL server on loopback for the tests of one run. It refuses root, so it runs as nobody. */
export interface TestServer {
  readonly port: number;
  /** A new, empty database. @returns its URL. */
  database(): Promise<string>;
  /** Ends the server at once, as when it is killed; until `start`. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const NOBODY = 65_534;
const ROOTS = '/usr/lib/postgresql';

/** The folder of the server's programs. @throws Error that says how to get them. */
function postgresPrograms(): string {
  const versions = existsSync(ROOTS)
    ? readdirSync(ROOTS).sort((one, other) => Number(other) - Number(one))
    : [];
  const found = versions
    .map((version) => join(ROOTS, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
  if (found === undefined) {
    throw new Error(`There is no PostgreSQL under ${ROOTS}; on Debian: apt-get install postgresql`);
  }
  return found;
}

/** Starts a server. @param settings of `postgresql.conf`, beside those of tests. */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const programs = postgresPrograms();
  const data = await mkdtemp(join(tmpdir(), 'callspan-postgres-'));
  await chmod(data, 0o700);
  if (process.getuid?.() === 0) await chown(data, NOBODY, NOBODY);
  await run(join(programs, 'initdb'), [
    '-D',
    data,
    '-A',
    'trust',
    '-U',
    'callspan',
    '-E',
    'UTF8',
    '--locale=C',
    '-N',
  ]);
  const port = await freePort();
  const options = { fsync: 'off', listen_addresses: '127.0.0.1', unix_socket_directories: data, ...settings };
  const flags = Object.entries({ ...options, port: String(port) }).map(
    ([name, value]) => `-c ${name}=${value}`,
  );
  const start = () =>
    run(join(programs, 'pg_ctl'), [
      '-D',
      data,
      '-w',
      '-l',
      join(data, 'log'),
      '-o',
      flags.join(' '),
      'start',
    ]);
  await start();
  const url = (database: string) => `postgres://callspan@127.0.0.1:${port}/${database}`;
  let databases = 0;
  return {
    port,
    async database() {
      databases += 1;
      const client = new Client(url('postgres'));
      await client.connect();
      await client.query(`CREATE DATABASE d${databases}`);
      await client.end();
      return url(`d${databases}`);
    },
    async crash() {
      const [pid] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
      process.kill(Number(pid), 'SIGQUIT');
      while (isAlive(Number(pid))) await sleep(10);
    },
    start,
    async stop() {
      await run(join(programs, 'pg_ctl'), ['-D', data, '-m', 'immediate', '-w', 'stop']);
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** As the user that the server runs as. @throws Error with what the program said. */
async function run(program: string, args: readonly string[]): Promise<void> {
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  // The server that pg_ctl leaves behind keeps its output open: only that of the program itself is read.
  const child = spawn(program, args, { ...user, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'exit');
  child.stderr.destroy();
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${said}`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
