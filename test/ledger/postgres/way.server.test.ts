import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { LedgerError } from '../../../src/ledger/errors.ts';
import { openLedger } from '../../../src/ledger/open.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { delivery, describeContract, ONE } from '../contract.ts';
import { freePort, NOBODY, startPostgres, type TestServer } from './server.ts';

/** What may stand between the ledger and its server: a pooler, and TLS. */

const NOW = Date.UTC(2026, 4, 1, 12);
const NEVER = new AbortController().signal;
const POOLER = '/usr/sbin/pgbouncer';
const isRoot = process.getuid?.() === 0;

/** A folder that the server's user may read. */
async function folderOfNobody(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callspan-way-'));
  await chmod(folder, 0o755);
  return folder;
}

describe.skipIf(!existsSync(POOLER))('through PgBouncer in transaction mode', () => {
  let server: TestServer;
  let folder: string;
  let pooler: ChildProcess;
  let port: number;

  beforeAll(async () => {
    server = await startPostgres({ max_connections: '300' });
    folder = await folderOfNobody();
    port = await freePort();
    const settings = join(folder, 'pgbouncer.ini');
    await writeFile(join(folder, 'users'), '"callspan" ""\n');
    // So few connections to the server, so that hardly any statement meets the one that the last had.
    await writeFile(
      settings,
      `[databases]
* = host=127.0.0.1 port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(folder, 'users')}
pool_mode = transaction
default_pool_size = 3
server_idle_timeout = 5
server_round_robin = 1
`,
    );
    const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    pooler = spawn(POOLER, ['-q', settings], { ...user, cwd: '/', stdio: 'ignore' });
    for (;;) {
      const client = new Client(`postgres://callspan@127.0.0.1:${port}/postgres`);
      client.on('error', () => undefined);
      const isUp = await client.connect().then(
        () => true,
        () => false,
      );
      await client.end().catch(() => undefined);
      if (isUp) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  afterAll(async () => {
    pooler.kill('SIGKILL');
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  describeContract('PostgreSQL behind a pooler', async () => {
    const url = (await server.database()).replace(`:${server.port}/`, `:${port}/`);
    return { open: () => openLedger(url), remove: async () => {} };
  });

  test('a ledger is held, written and given back, and leaves no setting behind in what others are given', async () => {
    const url = (await server.database()).replace(`:${server.port}/`, `:${port}/`);
    const ledger = await openLedger(url);
    onTestFinished(() => ledger.close());
    const source = await ledger.source('a', 'tavus');
    const hold = await ledger.hold(systemClock, NEVER);
    const sighting = { id: 'x', ended: true, startedAt: NOW, endedAt: NOW, due: NOW };
    await ledger.conversations.see(source, [sighting], NOW);
    await ledger.record([delivery(source, 'x', [ONE])], NOW);
    // A renewal goes its own way to the server.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(hold.lost.aborted).toBe(false);
    const other = new Client(url);
    other.on('error', () => undefined);
    await other.connect();
    for (let time = 0; time < 6; time++) {
      expect((await other.query('SHOW search_path')).rows).toEqual([{ search_path: '"$user", public' }]);
      expect((await other.query('SHOW lock_timeout')).rows).toEqual([{ lock_timeout: '0' }]);
    }
    await other.end();
    await ledger.release();
  });
});

describe('over TLS', () => {
  let server: TestServer;
  let folder: string;

  beforeAll(async () => {
    folder = await folderOfNobody();
    const at = (name: string) => join(folder, name);
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    for (const ca of ['ca', 'stranger']) {
      openssl('req', '-x509', ...newKey, '-keyout', `${ca}.key`, '-out', `${ca}.crt`, '-subj', `/CN=${ca}`);
    }
    openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
    await writeFile(at('names'), 'subjectAltName=DNS:localhost\n');
    const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names'];
    openssl('x509', '-req', '-in', 'server.csr', ...signing, '-out', 'server.crt');
    await chmod(at('server.key'), 0o600);
    if (isRoot) await chown(at('server.key'), NOBODY, NOBODY);
    server = await startPostgres({
      ssl: 'on',
      ssl_cert_file: at('server.crt'),
      ssl_key_file: at('server.key'),
    });
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const secured = (url: string, host: string, ca: string) =>
    `${url.replace('127.0.0.1', host)}?sslmode=verify-full&sslrootcert=${join(folder, ca)}`;

  test('verify-full takes the server whose certificate the named authority has signed', async () => {
    const url = await server.database();
    const ledger = await openLedger(secured(url, 'localhost', 'ca.crt'));
    await ledger.prove(NOW);
    const client = new Client(url);
    await client.connect();
    const encrypted = await client.query(
      `SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name LIKE 'callspan %'`,
    );
    expect(encrypted.rows).toEqual([{ ssl: true }]);
    await client.end();
    await ledger.close();
  });

  test('a file of the URL that is not there is named', async () => {
    const url = secured(await server.database(), 'localhost', 'none.crt');
    await expect(openLedger(url)).rejects.toThrow(
      /^CALLSPAN_STATE: the file .*none\.crt of sslrootcert cannot be read/,
    );
  });

  test.each([
    ['signed by a stranger', 'localhost', 'stranger.crt'],
    ['made out to another name', '127.0.0.1', 'ca.crt'],
  ])('verify-full refuses a certificate that is %s', async (_, host, ca) => {
    const failed = await openLedger(secured(await server.database(), host, ca)).catch((error) => error);
    expect(failed).toBeInstanceOf(LedgerError);
    expect(failed.message).toMatch(/certificate/i);
    expect(failed.isPassing).toBe(false);
  });
});
