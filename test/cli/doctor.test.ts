import { afterEach, beforeEach, expect, test } from 'vitest';
import { HOUR, KEY, makeWorld, type World } from '../bridge/world.ts';
import { answering } from '../doctor/set-up.ts';
import { callspan } from './program.ts';

let world: World;

beforeEach(async () => {
  world = await makeWorld();
  const startAt = Date.now() - HOUR;
  world.book.add({ provider: 'elevenlabs', seed: 5, index: 0, scenario: 'ordinary', startAt });
});

afterEach(() => world.close());

test('callspan doctor ends with 0 where nothing is wrong, and has sent one span', async () => {
  const { code, stdout, stderr } = await callspan(['doctor'], world.environment);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^ok {6}source elevenlabs: list and conversations can be read; 1 of the last 30 d$/m,
  );
  expect(stdout).toMatch(/^Nothing is wrong \(\d looked at, 0 notes\)\.$/m);
  const [traceId = ''] = world.sink.traces();
  expect(world.sink.spans(traceId).map(({ forms }) => forms[0]?.span?.name)).toEqual(['callspan.doctor']);
  expect(stdout).toContain(traceId);
});

test('tells each problem with its cost and the line that mends it, and ends with 2', async () => {
  const { code, stdout } = await callspan(['doctor'], { ...world.environment, CALLSPAN_LOOKBAK: '7d' });
  expect(code).toBe(2);
  expect(stdout).toContain(
    [
      'PROBLEM variables CALLSPAN_LOOKBAK: CALLSPAN_LOOKBAK is no setting of callspan; the nearest is CALLSPAN_LOOKBACK',
      '        costs: what it was meant to set is not set',
      '        mend:  export CALLSPAN_LOOKBACK="$CALLSPAN_LOOKBAK"; unset CALLSPAN_LOOKBAK',
    ].join('\n'),
  );
  expect(stdout).toMatch(/^1 problem, 0 notes\.$/m);
});

test('--json has the same for a program, without a key', async () => {
  const { code, stdout } = await callspan(['doctor', '--json'], {
    ...world.environment,
    TAVUS_API_KEY: `wrong-${KEY}`,
  });
  expect(code).toBe(1);
  const report = JSON.parse(stdout);
  expect(report.ok).toBe(false);
  expect(report.findings.filter(({ level }: { level: string }) => level === 'problem')).toEqual([
    {
      ...{ check: 'source', level: 'problem', subject: 'tavus' },
      said: expect.stringMatching(/^the key is refused: GET \/v2\/conversations: answered 401/),
      costs: expect.any(String),
      mend: 'export TAVUS_API_KEY=<a key of Tavus>',
    },
  ]);
  expect(stdout).not.toContain(KEY);
});

test('--store reads back what was sent', async () => {
  // Jaeger's query API, of which it needs two answers.
  const jaeger = await answering((request, response) => {
    const traceId = /^\/api\/traces\/([0-9a-f]{32})$/.exec(request.url ?? '')?.[1];
    const [sent] = world.sink.traces();
    if (traceId === undefined) response.end('{"data":["callspan"],"total":1}');
    else if (traceId !== sent)
      response.writeHead(404).end('{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}');
    else response.end(`{"data":[{"spans":[{"spanID":"${'a'.repeat(16)}"}]}],"total":0}`);
  });
  const { code, stdout } = await callspan(['doctor', '--store', jaeger], world.environment);
  expect(stdout).toMatch(/^ok {6}store the store: shows what was sent, trace [0-9a-f]{32}$/m);
  expect(code).toBe(0);
});

const FLAGS = { 'web.enable-otlp-receiver': 'true', 'enable-feature': 'created-timestamp-zero-ingestion' };
const CONFIG = 'otlp:\n  translation_strategy: UnderscoreEscapingWithSuffixes\n';

/** A Prometheus, as far as it tells of its flags and its configuration. */
const prometheus = (flags: object, yaml: string) =>
  answering((request, response) => {
    const data = request.url === '/api/v1/status/flags' ? flags : { yaml };
    response.end(JSON.stringify({ status: 'success', data }));
  });

test.for([
  [FLAGS, CONFIG, /^ok {6}prometheus .*: its flags and its names of metrics fit$/m],
  [
    { ...FLAGS, 'web.enable-otlp-receiver': 'false' },
    CONFIG,
    /^ {8}mend: {2}prometheus --web.enable-otlp-receiver$/m,
  ],
  [{ ...FLAGS, 'enable-feature': '' }, CONFIG, /--enable-feature=created-timestamp-zero-ingestion$/m],
  [FLAGS, 'otlp: { translation_strategy: NoTranslation }', /names metrics otherwise .* \(NoTranslation\)$/m],
] as const)('--prometheus looks at flags and names: %o', async ([flags, yaml, says]) => {
  const { stdout } = await callspan(
    ['doctor', '--prometheus', await prometheus(flags, yaml)],
    world.environment,
  );
  expect(stdout).toMatch(says);
});
