import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Sink, startSink } from '../../sandbox/index.ts';
import { expectYoung, TooOldError } from '../../src/bridge/age.ts';
import { Bridge } from '../../src/bridge/bridge.ts';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { otlpBatch } from '../trace/encode-otlp.ts';
import { HOUR, MINUTE, makeWorld, recordingLog, type World } from './world.ts';

const HOURS_AGO = [0.5, 2, 3, 30];

let world: World;
/** The oldest conversation. */
let id: string;
/** Drops what is older than an hour, and says 200. */
let forgetful: Sink;

beforeEach(async () => {
  world = await makeWorld();
  forgetful = await startSink({ maxAgeMs: HOUR });
  for (const [index, hours] of HOURS_AGO.entries()) {
    const startAt = Date.now() - hours * HOUR;
    id = world.book.add({ provider: 'elevenlabs', seed: 4, index, scenario: 'ordinary', startAt });
  }
});

afterEach(async () => {
  await Promise.all([world.close(), forgetful.close()]);
});

const TO_FORGETFUL = () => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: forgetful.url,
  CALLSPAN_MAX_AGE: '1h',
  CALLSPAN_LOOKBACK: '7d',
});

/** What the ledger says of the source, and of each of its conversations. */
async function recorded() {
  const ledger = await openLedger(world.environment.CALLSPAN_STATE ?? '', { readOnly: true });
  try {
    const [source] = await ledger.sources.all();
    return await ledger.sources.tallies(source?.id ?? 0);
  } finally {
    await ledger.close();
  }
}

async function carryOut(command: Parameters<Bridge['carryOut']>[0], settings: Record<string, string>) {
  const config: Config = await loadConfig({ ...world.environment, ...settings });
  const ledger = await openLedger(config.state);
  try {
    const bridge = new Bridge({ config, ledger, log: recordingLog().log });
    return await bridge.carryOut(command, new AbortController().signal, () => undefined);
  } finally {
    await ledger.close();
  }
}

describe('a destination that drops what is older than an hour', () => {
  test('is sent nothing that it would drop; that is parked, told, and never called delivered', async () => {
    const summary = await world.runOnce(TO_FORGETFUL());
    expect(summary).toMatchObject({ seen: 4, delivered: 1, parked: 3, dead: 0, pending: 0 });
    expect(forgetful.traces()).toHaveLength(1);
    expect(forgetful.spanStore.dropped).toBe(0);
    const lines = summary.log.filter(({ message }) => message === 'parked');
    expect(lines).toHaveLength(3);
    expect(lines[0]?.level).toBe('warn');
    expect(lines.map(({ fields }) => fields.reason)).toContainEqual(
      'it began 2 h ago, and its destination takes nothing that is older than 1 h',
    );
    expect(await recorded()).toMatchObject({ delivered: 1, parked: 3, dead: 0 });
  });

  test('would drop them without a word where nobody has said so', async () => {
    const { CALLSPAN_MAX_AGE: _, ...unlimited } = TO_FORGETFUL();
    expect(await world.runOnce(unlimited)).toMatchObject({ delivered: 4, parked: 0 });
    expect(forgetful.traces()).toHaveLength(1);
    expect(forgetful.spanStore.dropped).toBeGreaterThan(0);
  });

  test('parks once: what is parked is not looked at again', async () => {
    await world.runOnce(TO_FORGETFUL());
    expect(await world.runOnce(TO_FORGETFUL())).toMatchObject({
      delivered: 0,
      parked: 0,
      pending: 0,
    });
  });

  test('gets nothing more by a retry, which parks them again', async () => {
    await world.runOnce(TO_FORGETFUL());
    expect(await carryOut({ kind: 'retry', dead: false, parked: true }, TO_FORGETFUL())).toMatchObject({
      ...{ revived: 3, worked: { delivered: 0, dead: 0, parked: 3 } },
    });
    expect(await recorded()).toMatchObject({ delivered: 1, parked: 3 });
    expect(forgetful.spanStore.dropped).toBe(0);
  });

  test('is no reason to lose them: a retry sends them to a destination that takes them, and to it alone', async () => {
    await world.runOnce(TO_FORGETFUL());
    const retry = { kind: 'retry', dead: false, parked: true } as const;
    expect(await carryOut({ ...retry, parked: false }, {})).toMatchObject({ revived: 0 });
    expect(await carryOut(retry, {})).toMatchObject({ revived: 3, worked: { delivered: 3 } });
    expect(world.sink.traces()).toHaveLength(3);
    expect(world.sink.traces()).not.toContain(forgetful.traces()[0]);
    expect(await recorded()).toMatchObject({ delivered: 4, parked: 0 });
  });

  test('gets what is young of a backfill, and the rest is told', async () => {
    const now = Date.now();
    const backfill = { kind: 'backfill', since: now - 48 * HOUR, until: now } as const;
    expect(await carryOut(backfill, TO_FORGETFUL())).toMatchObject({
      ...{ listed: 4, found: 4, delivered: 1, parked: 3, dead: 0, postponed: 0 },
    });
  });

  test('is not sent what an export asks for either', async () => {
    const result = await carryOut({ kind: 'export', source: 'elevenlabs', id }, TO_FORGETFUL());
    expect(result).toMatchObject({ kind: 'parked', reason: expect.stringMatching(/^it began 30 h ago/) });
  });
});

describe('the age of what is sent', () => {
  const NOW = 1_800_000_000_000;
  const batch = (...ages: number[]) =>
    otlpBatch({
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: ages.map((age, index) => ({
                ...{
                  traceId: 'a'.repeat(32),
                  spanId: `${index}`.repeat(16),
                  name: 'x',
                  kind: 1,
                  attributes: [],
                },
                ...{ startTimeUnixNano: `${NOW - age}000000`, endTimeUnixNano: `${NOW - age + 1}000000` },
              })),
            },
          ],
        },
      ],
    });
  const limit = { maxAgeMs: HOUR, timeoutMs: 10_000 };

  test('is that of its first span, and a request may take its time', () => {
    expect(() => expectYoung(batch(5, 59 * MINUTE), limit, NOW)).not.toThrow();
    expect(() => expectYoung(batch(5, HOUR - 9_000), limit, NOW)).toThrow(TooOldError);
    expect(() => expectYoung(batch(2 * HOUR), { timeoutMs: 10_000 }, NOW)).not.toThrow();
  });

  test('counts against a limit that is shorter than a request too', () => {
    expect(() => expectYoung(batch(500), { maxAgeMs: 1_000, timeoutMs: 10_000 }, NOW)).not.toThrow();
    expect(() => expectYoung(batch(950), { maxAgeMs: 1_000, timeoutMs: 10_000 }, NOW)).toThrow(TooOldError);
  });
});
