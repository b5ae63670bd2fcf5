import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import pg from 'pg';

/** Debian's `nobody`: the server refuses to run as root. */
const NOBODY = 65_534;

/** A PostgreSQL server of its own, on loopback, with its files in a temporary folder. */
export class PostgresServer {
  readonly port: number;
  readonly folder: string;
  readonly #options: string;
  #databases = 0;

  private constructor(folder: string, port: number, options: string) {
    this.folder = folder;
    this.port = port;
    this.#options = options;
  }

  /**
   * @param options.durable what it has committed outlives a kill of the machine; slower.
   * @param options.settings such as `max_connections=5`.
   */
  static async start({
    durable = false,
    settings = [] as readonly string[],
  }: {
    durable?: boolean;
    settings?: readonly string[];
  } = {}): Promise<PostgresServer> {
    const folder = await mkdtemp('/tmp/callspan-postgres-');
    if (process.getuid?.() === 0) await chown(folder, NOBODY, NOBODY);
    const initdb = [
      '-D',
      `${folder}/data`,
      '-A',
      'trust',
      '-U',
      'callspan',
      '-E',
      'UTF8',
      '--locale=C',
      '-N',
    ];
    await asUser(program('initdb'), initdb);
    const all = [
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${folder}`,
      'shared_buffers=64MB',
      ...(durable ? [] : ['fsync=off']),
      ...settings,
    ];
    const server = new PostgresServer(
      folder,
      await freePort(),
      all.map((setting) => `-c ${setting}`).join(' '),
    );
    await server.begin();
    return server;
  }

  /** Starts it again after `kill` or `stop`. */
  async begin(): Promise<void> {
    const options = `-p ${this.port} ${this.#options}`;
    const log = `${this.folder}/log`;
    await asUser(program('pg_ctl'), [
      '-D',
      `${this.folder}/data`,
      '-l',
      log,
      '-w',
      '-t',
      '120',
      '-o',
      options,
      'start',
    ]);
  }

  async stop(): Promise<void> {
    await asUser(program('pg_ctl'), ['-D', `${this.folder}/data`, '-m', 'immediate', '-w', 'stop']);
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    const pid = await this.pid();
    process.kill(pid, 'SIGKILL');
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async pid(): Promise<number> {
    return Number((await readFile(`${this.folder}/data/postmaster.pid`, 'utf8')).split('\n')[0]);
  }

  url(database: string, port = this.port): string {
    return `postgres://callspan@127.0.0.1:${port}/${database}`;
  }

  /** An empty database. @returns its URL. */
  async database(): Promise<string> {
    const name = `test_${process.pid}_${this.#databases++}`;
    await query(this.url('postgres'), `CREATE DATABASE ${name}`);
    return this.url(name);
  }

  async close(): Promise<void> {
    await this.stop().catch(() => undefined);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** One statement, over a connection of its own. */
export async function query(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** Where the server's programs are. @throws Error that says what was looked for. */
export function program(name: string): string {
  const folders = [
    process.env.CALLSPAN_POSTGRES ?? '',
    ...(existsSync('/usr/lib/postgresql')
      ? readdirSync('/usr/lib/postgresql')
          .sort((one, other) => Number(other) - Number(one))
          .map((version) => `/usr/lib/postgresql/${version}/bin`)
      : []),
    ...(process.env.PATH ?? '').split(':'),
  ];
  const found = folders.filter((folder) => folder !== '').find((folder) => existsSync(`${folder}/${name}`));
  if (found === undefined) {
    throw new Error(
      `PostgreSQL's ${name} was not found: install the package postgresql, or name the folder of its programs in CALLSPAN_POSTGRES (looked in it, in /usr/lib/postgresql and on the PATH).`,
    );
  }
  return `${found}/${name}`;
}

/** Runs a program as somebody who is not root. */
export async function asUser(file: string, args: readonly string[]): Promise<string> {
  const whole =
    process.getuid?.() === 0
      ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', file, ...args]
      : [file, ...args];
  const [command = file, ...rest] = whole;
  // A server that stays behind must not keep our pipes.
  const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' });
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += String(chunk);
  });
  const [code] = await once(child, 'exit');
  child.stderr.destroy();
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}: ${complaint}`);
  return complaint;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  return address.port;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
