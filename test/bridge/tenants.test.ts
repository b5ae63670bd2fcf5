import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import {
  type CallBook,
  type Fault,
  type Provider,
  type SandboxServer,
  startElevenLabs,
  startSink,
  startTavus,
} from '../../sandbox/index.ts';
import { Bridge } from '../../src/bridge/bridge.ts';
import { loadConfig } from '../../src/config/config.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { loopbackClock } from '../intake/loopback-clock.ts';
import { ledgerFolder } from './simulation.ts';
import { type LogLine, recordingLog } from './world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BEGIN = Date.UTC(2026, 2, 1, 12);
const KEY = 'key-of-the-healthy';
const POWERLESS = 'key-without-permission';
const NOWHERE = 'http://127.0.0.1:1';
const SOURCES = 200;

/** One way in which a tenant's world is broken, and the one line that is said of it. */
interface Broken {
  readonly name: string;
  readonly provider?: Provider;
  readonly key?: string;
  readonly url?: string;
  readonly fault?: Fault;
  /** What its own collector answers; 'gone': it has one that is not there. */
  readonly collector?: Fault | 'gone';
  readonly said: RegExp;
}

const CANNOT_BE_USED = 'the source cannot be used: GET /v1/convai/conversations: ';
const TAVUS_CANNOT_BE_USED = 'the source cannot be used: GET /v2/conversations: ';

function saying(text: string, before = CANNOT_BE_USED): RegExp {
  return new RegExp(`^${before}${text}`);
}

const BROKEN: readonly Broken[] = [
  { name: 'wrong-key', key: 'wrong-key-1', said: saying('answered 401 invalid_api_key.*check its API key') },
  {
    name: 'no-permission',
    key: POWERLESS,
    said: saying('answered 403 insufficient_permissions: .*the permission convai_read'),
  },
  { name: 'host-gone', url: NOWHERE, said: saying('unavailable after 5 tries: .*ECONNREFUSED') },
  {
    name: 'flood',
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '30' } },
    said: saying('unavailable after 5 tries: answered 429'),
  },
  {
    name: 'flood-unexplained',
    fault: { kind: 'status', status: 429 },
    said: saying('unavailable after 5 tries: answered 429'),
  },
  {
    name: 'html',
    fault: { kind: 'html', status: 200 },
    said: saying('answered 200 \\(text/html\\) with a body that is HTML'),
  },
  {
    name: 'html-502',
    fault: { kind: 'html', status: 502 },
    said: saying('unavailable after 5 tries: answered 502'),
  },
  {
    name: 'redirect',
    fault: { kind: 'redirect', status: 301, to: 'https://login.example/' },
    said: saying('answered 301, a redirect to https://login.example/; .*set the base URL'),
  },
  {
    name: 'errors',
    fault: { kind: 'status', status: 500 },
    said: saying('unavailable after 5 tries: answered 500'),
  },
  {
    name: 'garbage',
    fault: { kind: 'garbage' },
    said: saying('answered 200 .* with a body that is not JSON'),
  },
  {
    name: 'garbage-list',
    fault: { kind: 'nulls', paths: ['conversations'] },
    said: saying('.* has no list of conversations'),
  },
  { name: 'cut-off', fault: { kind: 'truncated' }, said: saying('.*JSON that ends too early') },
  { name: 'resets', fault: { kind: 'reset-before-headers' }, said: saying('unavailable after 5 tries: ') },
  { name: 'gone-path', fault: { kind: 'status', status: 404 }, said: saying('answered 404') },
  {
    name: 'tavus-wrong-key',
    provider: 'tavus',
    key: 'wrong-key-2',
    said: saying('answered 401.*Invalid access token.*check its API key', TAVUS_CANNOT_BE_USED),
  },
  {
    name: 'tavus-garbage',
    provider: 'tavus',
    fault: { kind: 'nulls', paths: ['data'] },
    said: saying('.* has no list of conversations', TAVUS_CANNOT_BE_USED),
  },
  { name: 'own-collector-gone', collector: 'gone', said: /^the collector is away/ },
  { name: 'own-collector-away', collector: { kind: 'status', status: 503 }, said: /^the collector is away/ },
  {
    name: 'own-collector-refuses',
    collector: { kind: 'status', status: 400 },
    said: /^the collector is away/,
  },
  // Its line comes after a true half minute for each try: nobody waits for that here.
  { name: 'hangs', fault: { kind: 'silence' }, said: /^$/ },
];

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** A vendor of a tenant's own, with a book of its own. */
async function startVendor(
  provider: Provider,
  now: () => number,
): Promise<SandboxServer & { book: CallBook }> {
  const server =
    provider === 'tavus'
      ? await startTavus({ apiKey: KEY, now })
      : await startElevenLabs({ apiKey: KEY, powerlessKey: POWERLESS, now });
  closers.push(() => server.close());
  return server;
}

test('twenty of two hundred sources are broken, each in its own way: the others deliver everything, and one line says what is wrong with each', async () => {
  const hanging = await startVendor('elevenlabs', () => BEGIN);
  const clock = loopbackClock({ now: BEGIN, hangs: hanging.url });
  const now = () => clock.trueNow();
  const sink = await startSink({ now });
  closers.push(() => sink.close());
  const yaml = [`otlp: { endpoint: '${sink.url}' }`, 'poll_interval: 2m', 'sources:'];
  const healthy = new Map<string, string[]>();
  for (let number = 0; number < SOURCES; number++) {
    const broken = BROKEN[number];
    const provider = broken?.provider ?? (broken === undefined && number % 3 === 0 ? 'tavus' : 'elevenlabs');
    const name = broken?.name ?? `tenant-${number}`;
    const vendor = broken?.name === 'hangs' ? hanging : await startVendor(provider, now);
    const ids = vendor.book.fill({
      provider,
      seed: 100 + number,
      count: 2,
      from: BEGIN - 3 * HOUR,
      to: BEGIN - HOUR,
      scenario: 'ordinary',
    });
    if (broken === undefined) healthy.set(name, ids);
    if (broken?.fault !== undefined) vendor.faults.add({ fault: broken.fault });
    yaml.push(
      `  - { name: ${name}, provider: ${provider}, key: '\${KEY_${number}}', base_url: '${broken?.url ?? vendor.url}'`,
    );
    yaml.push(`      ${await ownCollector(broken)} }`);
  }
  const folder = await ledgerFolder();
  const settings = join(folder.path, 'callspan.yaml');
  await writeFile(settings, yaml.join('\n'));
  const keys = Array.from({ length: SOURCES }, (_, number) => [`KEY_${number}`, BROKEN[number]?.key ?? KEY]);
  const config = await loadConfig({ CALLSPAN_CONFIG: settings, ...Object.fromEntries(keys) });
  const ledger = await openLedger(join(folder.path, 'callspan.db'));
  const { log, lines } = recordingLog();
  const stop = new AbortController();
  const running = new Bridge({ config, ledger, log, clock }).run(stop.signal);
  await clock.pass(BEGIN + 20 * MINUTE);
  const tallies = new Map(
    await Promise.all(
      (await ledger.sources.all()).map(
        async ({ id, name }) => [name, await ledger.sources.tallies(id)] as const,
      ),
    ),
  );
  stop.abort(new Error('The test is over'));
  await clock.pass(BEGIN + 21 * MINUTE);
  await running;
  await ledger.close();
  await folder.remove();

  expect(healthy.size).toBe(180);
  const short = [...healthy.keys()].filter((name) => tallies.get(name)?.delivered !== 2);
  expect(short).toEqual([]);
  expect(sink.traces()).toHaveLength(360);
  expect(sink.differing()).toEqual([]);
  const complaints = lines.filter(({ level }) => level === 'error' || level === 'warn');
  for (const { name, said } of BROKEN.filter(({ name }) => name !== 'hangs')) {
    const own = complaints.filter((line) => concerns(line, name));
    expect({ name, lines: own.map(({ message }) => message) }).toEqual({
      name,
      lines: [expect.stringMatching(said)],
    });
  }
  const others = complaints.filter((line) => !BROKEN.some(({ name }) => concerns(line, name)));
  expect(others).toEqual([]);
  expect(JSON.stringify(lines)).not.toContain(KEY);
  expect(JSON.stringify(lines)).not.toMatch(/wrong-key-\d/);
});

/** Whether a line is about a source, or names it as one of those that send to a collector. */
function concerns({ fields }: LogLine, name: string): boolean {
  return fields.source === name || (Array.isArray(fields.sources) && fields.sources.includes(name));
}

async function ownCollector(broken: Broken | undefined): Promise<string> {
  if (broken?.collector === undefined) return '';
  if (broken.collector === 'gone') return `, otlp: { endpoint: '${NOWHERE}' }`;
  const sink = await startSink();
  closers.push(() => sink.close());
  sink.faults.add({ fault: broken.collector });
  return `, otlp: { endpoint: '${sink.url}' }`;
}

test('a source with a backlog of hundreds does not delay the one conversation of another', async () => {
  const backlog = await startVendor('elevenlabs', Date.now);
  const quiet = await startVendor('tavus', Date.now);
  const sink = await startSink();
  closers.push(() => sink.close());
  const now = Date.now();
  backlog.book.fill({
    provider: 'elevenlabs',
    seed: 3,
    count: 800,
    from: now - 20 * HOUR,
    to: now - 4 * HOUR,
    scenario: 'ordinary',
  });
  const [id = ''] = quiet.book.fill({
    provider: 'tavus',
    seed: 3,
    count: 1,
    from: now - 4 * HOUR,
    to: now - 4 * HOUR,
    scenario: 'ordinary',
  });
  const folder = await ledgerFolder();
  const config = await loadConfig({
    ...{
      ELEVENLABS_API_KEY: KEY,
      ELEVENLABS_BASE_URL: backlog.url,
      TAVUS_API_KEY: KEY,
      TAVUS_BASE_URL: quiet.url,
    },
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    CALLSPAN_TAVUS_SETTLE: '0s',
  });
  const ledger = await openLedger(join(folder.path, 'callspan.db'));
  const { log, lines } = recordingLog();
  const stop = new AbortController();
  const running = new Bridge({ config, ledger, log }).run(stop.signal);
  const told = () => lines.filter(({ message }) => message === 'delivered');
  while (!told().some(({ fields }) => fields.conversation === id))
    await new Promise((resolve) => setTimeout(resolve, 10));
  const before = told().length;
  stop.abort(new Error('The test is over'));
  await running;
  await ledger.close();
  await folder.remove();
  expect(before).toBeLessThan(400);
});
