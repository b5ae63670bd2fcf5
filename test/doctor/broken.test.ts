import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startElevenLabs } from '../../sandbox/index.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { type Clock, systemClock } from '../../src/time/clock.ts';
import { ELEVENLABS } from '../../src/vendors/elevenlabs/profile.ts';
import { vendor as elevenLabs } from '../../src/vendors/elevenlabs/vendor.ts';
import { registerVendor } from '../../src/vendors/registry.ts';
import { HOUR, KEY, MINUTE, makeWorld, type World } from '../bridge/world.ts';
import { callspan, start } from '../cli/program.ts';
import { makeCertificates } from '../http/certificates.ts';
import { startConnectProxy } from '../http/connect-proxy.ts';
import { startServer } from '../http/test-server.ts';
import { answering, conventionalHost, follow, listening, type Settings } from './set-up.ts';

/** A set-up with one thing wrong, what is to be said of it, and what only its owner can know of the advice. */
interface Broken {
  readonly name: string;
  /** @returns what the settings are, where they are not the world's. */
  readonly broken: (world: World) => Promise<BrokenSettings> | BrokenSettings;
  readonly says: RegExp;
  readonly check: Finding['check'];
  /** Worth a note, since a healthy set-up may look like this. */
  readonly level?: 'note';
}

interface BrokenSettings {
  readonly settings?: Record<string, string | undefined>;
  /** What stands for `<…>`. */
  readonly known?: string;
  readonly clock?: Clock;
  /** What mends it where no shell and no editor does. */
  readonly mended?: () => void | Promise<void>;
}

const POWERLESS = 'key-without-any-permission';

function settingsFile(world: World, text: string): Settings {
  const path = join(world.folder, 'callspan.yaml');
  writeFileSync(path, text);
  return { CALLSPAN_CONFIG: path, KEY };
}

/** One source at the simulated vendor, and what else a test writes there. */
const oneSource = (world: World, inSource = '', inFile = '') =>
  `${inFile}sources:\n  - { name: desk, provider: elevenlabs, key: '\${KEY}', base_url: '${world.elevenLabs.url}'${inSource} }\n`;

const TABLE: readonly Broken[] = [
  {
    name: 'no key at all',
    broken: () => ({ settings: { ELEVENLABS_API_KEY: undefined, TAVUS_API_KEY: undefined }, known: KEY }),
    ...{ check: 'settings', says: /^No source: set ELEVENLABS_API_KEY\b/ },
  },
  {
    name: 'a wrong key',
    broken: () => ({ settings: { ELEVENLABS_API_KEY: 'wrong-key' }, known: KEY }),
    ...{
      check: 'source',
      says: /^the key is refused: GET \/v1\/convai\/conversations: answered 401 invalid_api_key/,
    },
  },
  {
    name: 'a key in quotation marks',
    broken: () => ({ settings: { TAVUS_API_KEY: `"${KEY}"` }, known: KEY }),
    ...{ check: 'source', says: /^the key is refused.*it stands in quotation marks$/ },
  },
  {
    name: 'a key without the permission to read conversations',
    broken: () => ({ settings: { ELEVENLABS_API_KEY: POWERLESS }, known: KEY }),
    ...{ check: 'source', says: /^the key may not read conversations: .*insufficient_permissions/ },
  },
  {
    name: 'a key of another region',
    broken: async (world) => {
      const eu = await startElevenLabs({ apiKey: 'key-of-the-eu' });
      onTestFinished(() => eu.close());
      const profile = {
        ...ELEVENLABS,
        ...{ name: 'regional', keyVariable: 'REGIONAL_API_KEY', baseUrlVariable: 'REGIONAL_BASE_URL' },
        hosts: { global: world.elevenLabs.url, eu: eu.url },
      };
      onTestFinished(registerVendor({ profile, load: async () => ({ vendor: { ...elevenLabs, profile } }) }));
      const source = `sources: [{ name: desk, provider: regional, key: '\${KEY}' }]\n`;
      return { settings: { ...settingsFile(world, source), KEY: 'key-of-the-eu' } };
    },
    ...{ check: 'source', says: /^the key is none of 127\.0\.0\.1:\d+, but one of the region eu/ },
  },
  {
    name: 'a proxy in the way',
    broken: () => ({ settings: { HTTP_PROXY: 'http://127.0.0.1:1' } }),
    ...{
      check: 'source',
      says: /^the proxy http:\/\/127\.0\.0\.1:1 is in the way of 127\.0\.0\.1:\d+, which can be reached/,
    },
  },
  {
    name: 'a proxy that wants credentials',
    broken: async (world) => {
      const proxy = await startConnectProxy(Number(new URL(world.elevenLabs.url).port), {
        authorization: `Basic ${Buffer.from('me:secret').toString('base64')}`,
      });
      return { settings: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` } };
    },
    ...{ check: 'source', says: /^the proxy http:\/\/127\.0\.0\.1:\d+ is in the way.*407/ },
  },
  {
    name: 'TLS on a plain port',
    broken: (world) => ({
      settings: { ELEVENLABS_BASE_URL: world.elevenLabs.url.replace('http:', 'https:') },
    }),
    ...{ check: 'source', says: /speaks plain HTTP, not TLS/ },
  },
  {
    name: 'plain HTTP on a TLS port, and an authority that nobody trusts yet',
    broken: async (world) => {
      const certificates = makeCertificates();
      const { url } = await startServer((_, response) => response.end('{}'), certificates.server);
      const authority = join(world.folder, 'authority.pem');
      writeFileSync(authority, certificates.ca);
      return {
        settings: { OTEL_EXPORTER_OTLP_ENDPOINT: url.replace('https:', 'http:') },
        known: authority,
      };
    },
    ...{ check: 'collector', says: /speaks TLS, not plain HTTP/ },
  },
  {
    name: 'a name that does not resolve',
    broken: (world) => ({
      settings: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://colector.invalid:${new URL(world.sink.url).port}` },
      known: '127.0.0.1',
    }),
    ...{ check: 'collector', says: /^the name colector\.invalid does not resolve/ },
  },
  {
    name: 'a clock that is a day behind',
    broken: () => {
      let behind = 24 * HOUR;
      const clock: Clock = { ...systemClock, now: () => Date.now() - behind };
      return {
        clock,
        mended: () => {
          behind = 0;
        },
      };
    },
    ...{ check: 'clock', says: /Date header\) is (?:24 h|1 d|23 h 59 min).* ahead of this machine's/ },
  },
  {
    name: 'a clock that is five minutes ahead',
    broken: () => {
      let ahead = 5 * MINUTE;
      const clock: Clock = { ...systemClock, now: () => Date.now() + ahead };
      return {
        clock,
        mended: () => {
          ahead = 0;
        },
      };
    },
    ...{ check: 'clock', level: 'note', says: /^this machine's clock is 5 min ahead of the vendor's/ },
  },
  {
    name: 'a folder that does not exist',
    broken: (world) => ({ settings: { CALLSPAN_STATE: join(world.folder, 'no/such/callspan.db') } }),
    ...{ check: 'disk', says: /^the folder .*\/no\/such of the ledger does not exist$/ },
  },
  {
    name: 'a folder that is a file',
    broken: (world) => {
      writeFileSync(join(world.folder, 'data'), '');
      return { settings: { CALLSPAN_STATE: join(world.folder, 'data/callspan.db') }, known: world.folder };
    },
    ...{ check: 'disk', says: /\/data is no folder$/ },
  },
  {
    name: 'a damaged ledger',
    broken: async (world) => {
      // In a process of its own: what this one has had open stays mapped until it is collected.
      expect((await callspan(['run', '--once'], world.environment)).code).toBe(0);
      const file = world.environment.CALLSPAN_STATE ?? '';
      writeFileSync(file, 'no ledger any more, but long enough to be looked at. '.repeat(100));
      for (const companion of ['-wal', '-shm']) writeFileSync(file + companion, '');
      truncateSync(`${file}-wal`);
      return {};
    },
    ...{ check: 'ledger', says: /is damaged or is no callspan ledger/ },
  },
  {
    name: 'a database of another program in the place of the ledger',
    broken: async (world) => {
      const file = join(world.folder, 'other.db');
      const { DatabaseSync } = await import('@photostructure/sqlite');
      const other = new DatabaseSync(file);
      other.exec('CREATE TABLE t (a)');
      other.close();
      return { settings: { CALLSPAN_STATE: file }, known: join(world.folder, 'callspan.db') };
    },
    ...{ check: 'ledger', says: /is a database, but no callspan ledger/ },
  },
  {
    name: 'a ledger that another bridge holds',
    broken: async (world) => {
      const bridge = start(['run'], world.environment);
      onTestFinished(async () => {
        bridge.process.kill('SIGTERM');
        await bridge.ended;
      });
      await bridge.said('callspan is running');
      return { known: join(world.folder, 'mine.db') };
    },
    ...{ check: 'ledger', level: 'note', says: /^a bridge is running on it: process \d+ on / },
  },
  {
    name: 'a collector that is a web page',
    broken: async (world) => ({
      settings: {
        OTEL_EXPORTER_OTLP_ENDPOINT: await answering((_, response) =>
          response.writeHead(200, { 'content-type': 'text/html' }).end('<html><title>Welcome</title></html>'),
        ),
      },
      known: await conventionalHost(world.sink.url),
    }),
    ...{ check: 'collector', says: /answered 200 with a page: .* that is no collector/ },
  },
  {
    name: 'an endpoint for traces without its path',
    broken: (world) => ({ settings: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: world.sink.url } }),
    ...{ check: 'collector', says: /answered 404: check the endpoint: nothing takes traces there/ },
  },
  {
    name: 'a collector that is addressed on its gRPC port',
    broken: async (world) => ({
      settings: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${await conventionalHost(world.sink.url)}:4317` },
    }),
    ...{ check: 'collector', says: /:4317 speaks gRPC, and callspan OTLP over HTTP/ },
  },
  {
    name: 'a collector that does not run where it is looked for',
    broken: async (world) => ({
      settings: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${await conventionalHost(world.sink.url)}:4319` },
    }),
    ...{ check: 'collector', says: /^nothing listens on 127\.0\.\d+\.\d+:4319/ },
  },
  {
    name: 'a backend that wants credentials',
    broken: async () => ({
      settings: {
        OTEL_EXPORTER_OTLP_ENDPOINT: await answering((request, response) =>
          request.headers['api-key'] === 'right' ? response.end('{}') : response.writeHead(401).end(),
        ),
      },
      known: 'api-key=right',
    }),
    ...{ check: 'collector', says: /answered 401: check the credentials in the headers/ },
  },
  {
    name: 'a vendor address that is a web page',
    broken: async (world) => {
      const page = await answering((_, response) =>
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'),
      );
      return {
        settings: settingsFile(world, oneSource(world).replace(world.elevenLabs.url, page)),
        mended: () => {
          settingsFile(world, oneSource(world));
        },
      };
    },
    ...{
      check: 'source',
      says: /is no ElevenLabs API: .* with a body that is not JSON|is no ElevenLabs API/,
    },
  },
  {
    name: 'a vendor address that redirects',
    broken: async (world) => ({
      settings: {
        ELEVENLABS_BASE_URL: await answering((request, response) =>
          response.writeHead(308, { location: `${world.elevenLabs.url}${request.url}` }).end(),
        ),
      },
    }),
    ...{ check: 'source', says: /a redirect to http:\/\/127/ },
  },
  {
    name: 'a port that is in use',
    broken: async () => ({
      settings: { CALLSPAN_LISTEN: `127.0.0.1:${await listening(createServer(), '127.0.0.1')}` },
    }),
    ...{ check: 'listener', says: /that address cannot be listened on \(EADDRINUSE\)$/ },
  },
  {
    name: 'a misspelt variable of callspan',
    broken: () => ({ settings: { CALLSPAN_RETENTON: '30d' } }),
    ...{
      check: 'variables',
      says: /^CALLSPAN_RETENTON is no setting of callspan; the nearest is CALLSPAN_RETENTION$/,
    },
  },
  {
    name: 'a misspelt variable of OpenTelemetry',
    broken: (world) => ({
      settings: { OTEL_EXPORTER_OTLP_ENDPOINT: undefined, OTEL_EXPORTER_OLTP_ENDPOINT: world.sink.url },
    }),
    ...{ check: 'variables', says: /the nearest is OTEL_EXPORTER_OTLP_ENDPOINT$/ },
  },
  {
    name: 'a misspelt variable of a vendor',
    broken: () => ({ settings: { ELEVENLABS_API_KEY: undefined, ELEVENLABS_APIKEY: KEY } }),
    ...{ check: 'variables', says: /the nearest is ELEVENLABS_API_KEY$/ },
  },
  {
    name: 'a setting that is none of what is allowed',
    broken: () => ({ settings: { CALLSPAN_CONTENT: 'some' }, known: 'none' }),
    ...{ check: 'settings', says: /^CALLSPAN_CONTENT=some: expected none or full$/ },
  },
  {
    name: 'a misspelt setting in the file',
    broken: (world) => ({ settings: settingsFile(world, oneSource(world, ', contnet: full')) }),
    ...{ check: 'settings', says: /sources\[0\]\.contnet is no setting; did you mean content\?$/ },
  },
  {
    name: 'one account under two names',
    broken: (world) => ({
      settings: settingsFile(
        world,
        `${oneSource(world)}  - { name: again, provider: elevenlabs, key: '\${KEY}', base_url: '${world.elevenLabs.url}' }\n`,
      ),
    }),
    ...{ check: 'account', says: /^desk and again are one account: they have the same key$/ },
  },
  {
    name: 'a source that was moved from the environment into a file, under another name',
    broken: async (world) => {
      await world.runOnce();
      return { settings: settingsFile(world, oneSource(world)) };
    },
    ...{ check: 'account', says: /^desk is the account that the ledger knows as elevenlabs: 3 of its/ },
  },
  {
    name: 'an agent of which the vendor keeps nothing, and no webhook',
    broken: () => ({
      settings: { ELEVENLABS_ZERO_RETENTION: 'agent_secret' },
      known: 'wsec_0123456789abcdef0123456789abcdef',
    }),
    ...{ check: 'source', says: /^the vendor keeps nothing of those of agent_secret, and no webhook tells/ },
  },
  {
    name: 'an account of which the vendor keeps nothing, in a file, and no address for its webhooks',
    broken: (world) => ({
      settings: {
        ...settingsFile(
          world,
          oneSource(world, `, zero_retention: true, webhook: { secrets: ['\${WEBHOOK_SECRET}'] }`),
        ),
        WEBHOOK_SECRET: 'wsec_0123456789abcdef0123456789abcdef',
      },
    }),
    ...{ check: 'source', says: /^the vendor keeps nothing of its conversations, and no webhook tells/ },
  },
  {
    name: 'an address for webhooks that somebody else has',
    broken: async () => ({
      settings: {
        CALLSPAN_WEBHOOKS: `127.0.0.1:${await listening(createServer(), '127.0.0.1')}`,
        ELEVENLABS_WEBHOOK_SECRET: 'wsec_0123456789abcdef0123456789abcdef',
      },
    }),
    ...{
      check: 'listener',
      says: /^CALLSPAN_WEBHOOKS=.* that address cannot be listened on \(EADDRINUSE\)$/,
    },
  },
  {
    name: 'an agent that does not exist',
    broken: (world) => ({ settings: settingsFile(world, oneSource(world, ', agents: [agent_nobody]')) }),
    ...{ check: 'source', says: /^no conversation of agent_nobody in 30 d, and there are 3 of others$/ },
  },
];

/** Ended after everything that a test puts into it. */
async function calledWorld(): Promise<World> {
  const world = await makeWorld({ elevenLabs: { powerlessKey: POWERLESS } });
  onTestFinished(() => world.close());
  for (const [index, scenario] of ['ordinary', 'ordinary', 'tool-ok'].entries()) {
    const startAt = Date.now() - (index + 1) * HOUR;
    world.book.add({ provider: 'elevenlabs', seed: 5, index, scenario, startAt });
  }
  return world;
}

const problems = (findings: readonly Finding[]) => findings.filter(({ level }) => level === 'problem');

const isNews = ({ level }: Finding) => level !== 'good';

/** One mistake may hide another. */
const MOST_ROUNDS = 4;

/** Asks the doctor, does what it says first, and asks again, until it finds nothing more. */
async function mend(world: World, broken: BrokenSettings): Promise<{ first: Finding[]; last: Finding[] }> {
  const { clock = systemClock, known, mended } = broken;
  let settings = Object.fromEntries(
    Object.entries({ ...world.environment, ...broken.settings }).filter(([, value]) => value !== undefined),
  ) as Settings;
  const first = await examine(settings, { clock });
  let last = first;
  for (let round = 0; round < MOST_ROUNDS && last.some(isNews); round++) {
    const [finding] = last.filter(isNews);
    if (mended !== undefined) await mended();
    else if (finding !== undefined) settings = follow(finding, settings, known);
    last = await examine(settings, { clock });
  }
  return { first, last };
}

test.for(TABLE)('doctor names $name in one line, and its advice mends it', async (row) => {
  const world = await calledWorld();
  const { first, last } = await mend(world, await row.broken(world));
  const found = first.filter(({ level, check }) => level === (row.level ?? 'problem') && check === row.check);
  expect(found.map(({ said }) => said)).toContainEqual(expect.stringMatching(row.says));
  for (const { said, costs, mend } of found) {
    expect(`${said}${costs}${mend}`).not.toMatch(/[\r\n]/);
    expect(costs).toBeTruthy();
    expect(mend).toBeTruthy();
  }
  expect(JSON.stringify(first)).not.toContain(KEY);
  expect(problems(last)).toEqual([]);
});

test('a set-up in which nothing is wrong has no problem and no note', async () => {
  const world = await calledWorld();
  const findings = await examine({ ...world.environment, CALLSPAN_LISTEN: '127.0.0.1:0' });
  expect(findings.filter(({ level }) => level !== 'good')).toEqual([]);
  expect(new Set(findings.map(({ check }) => check))).toEqual(
    new Set(['settings', 'source', 'collector', 'ledger', 'listener']),
  );
});

/** Whether this process may make file systems of its own: only root can, and not in every container. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const DISKS = [
  {
    name: 'is full',
    options: 'size=1m',
    after: 'dd if=/dev/zero of=DISK/rest bs=4k 2>/dev/null || true',
    says: /MB are left|is full/,
  },
  {
    name: 'may only be read',
    options: 'size=1m',
    after: 'mount -o remount,ro DISK',
    says: /may not be written \(EROFS\)/,
  },
];

test.runIf(canMount()).for(DISKS)(
  'doctor names a disk that $name in one line, and its advice mends it',
  async ({ options, after, says }) => {
    const world = await calledWorld();
    const disk = join(world.folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
    onTestFinished(() => void execFileSync('umount', ['-l', disk]));
    execFileSync('sh', ['-c', after.replaceAll('DISK', disk)]);
    const { first, last } = await mend(world, {
      settings: { CALLSPAN_STATE: join(disk, 'callspan.db') },
      known: world.folder,
    });
    const [found] = problems(first);
    expect(found?.check).toBe('disk');
    expect(found?.said).toMatch(says);
    expect(problems(last)).toEqual([]);
  },
);
