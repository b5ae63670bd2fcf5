import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { payloadOf, privateTexts, scenarioNames, simulateCall } from '../../sandbox/index.ts';
import { capture } from '../../src/capture/capture.ts';
import { disguise } from '../../src/capture/letters.ts';
import { viewOf } from '../../src/show/view.ts';
import { toOtlp } from '../../src/trace/span-batch.ts';
import { vendor as elevenlabs } from '../../src/vendors/elevenlabs/vendor.ts';
import { vendor as retell } from '../../src/vendors/retell/vendor.ts';
import { vendor as tavus } from '../../src/vendors/tavus/vendor.ts';
import { vendor as vapi } from '../../src/vendors/vapi/vendor.ts';

const VENDORS = { elevenlabs, tavus, retell, vapi };
const SETTINGS = { source: 'test', content: 'full', systemPrompt: true, resource: {}, secrets: [] } as const;
const DAY_MICROS = 86_400_000_000n;

/** The payload of one call of each scenario, a day after its end. */
const PAYLOADS = (['elevenlabs', 'tavus', 'retell', 'vapi'] as const).flatMap((provider) =>
  scenarioNames(provider)
    .filter((scenario) => scenario !== 'two-hours')
    .map((scenario, index) => {
      const call = simulateCall({
        provider,
        seed: 9,
        index,
        startAt: Date.UTC(2026, 4, 1),
        scenario,
        shape: 'full',
      });
      const at = call.terminalAt + Number(DAY_MICROS);
      return { name: `${provider} ${scenario}`, provider, call, payload: payloadOf(call, at) };
    }),
);

function translated(provider: keyof typeof VENDORS, payload: unknown) {
  const fetched = VENDORS[provider].read(payload, { settings: SETTINGS, settle: 0, now: Date.now() });
  return fetched.kind === 'ready' ? fetched.translated : undefined;
}

describe.each(PAYLOADS)('a capture of $name', ({ provider, call, payload }) => {
  const captured = capture(payload, VENDORS[provider].fields);
  const text = JSON.stringify(captured);

  test('has nothing of what was said', () => {
    const { never, content, prompts } = privateTexts(call);
    const leaked = [...never, ...content, ...prompts].filter(
      (said) => /\p{L}{3}/u.test(said) && text.includes(said),
    );
    expect(leaked).toEqual([]);
  });

  test('shows the same picture: the same rows at the same times', () => {
    const before = translated(provider, payload);
    const after = translated(provider, captured);
    expect(after === undefined).toBe(before === undefined);
    if (!before || !after) return;
    // Sorted: which of two tools that began in the same second comes first is decided by their names, and those go.
    const picture = (batch: typeof before.batch) =>
      viewOf(toOtlp(batch))
        .rows.map((row) => [row.start, row.depth, row.phase, row.end, row.seconds, row.error].join(' '))
        .toSorted();
    expect(picture(after.batch)).toEqual(picture(before.batch));
  });
});

/** Payloads in shapes that were recorded or reported, and damaged ones. */
const FIXTURES = (['elevenlabs', 'tavus', 'retell', 'vapi'] as const).flatMap((provider) =>
  readdirSync(new URL(`../fixtures/${provider}/`, import.meta.url))
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ provider, file })),
);

test.each(FIXTURES)('a capture of $provider/$file shows the same picture', ({ provider, file }) => {
  const url = new URL(`../fixtures/${provider}/${file}`, import.meta.url);
  const payload: unknown = JSON.parse(readFileSync(url, 'utf8'));
  const picture = (body: unknown) => {
    const fetched = VENDORS[provider].read(body, {
      settings: SETTINGS,
      settle: 0,
      now: Date.UTC(2100, 0, 1),
    });
    if (fetched.kind !== 'ready') return undefined;
    return viewOf(toOtlp(fetched.translated.batch))
      .rows.map((row) => {
        // What a tool has failed with is a word from outside, and goes.
        const remark = row.remark?.replace(/^failed: .*/, 'failed');
        return [row.start, row.depth, row.phase, row.end, row.seconds, row.error, remark, row.aside].join(
          ' ',
        );
      })
      .toSorted();
  };
  expect(picture(capture(payload, VENDORS[provider].fields))).toEqual(picture(payload));
});

describe('a disguised text', () => {
  test.each([
    ['Latin', 'Hello, Zoë!', /^[A-Z][a-z]{4}, [A-Z][a-z]{2}!$/],
    ['Arabic', 'مرحبا', /^\p{Script=Arabic}{5}$/u],
    ['Hebrew', 'שלום', /^\p{Script=Hebrew}{4}$/u],
    ['Japanese', 'こんにちは世界', /^\p{Script=Hiragana}{5}\p{Script=Han}{2}$/u],
    ['Cyrillic', 'Привет', /^\p{Lu}\p{Ll}{5}$/u],
    ['digits', '+1 (555) 010-9999', /^\+\d \(\d{3}\) \d{3}-\d{4}$/],
    ['dots', '...', /^\.\.\.$/],
  ])('keeps length, script and case: %s', (_, said, form) => {
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    expect(disguise(said, random)).toMatch(form);
  });
});

test('equal texts stay equal within a capture, and two captures have nothing in common', () => {
  const payload = { transcript: [{ message: 'my number is 12345' }, { message: 'my number is 12345' }] };
  const read = (captured: unknown) => (captured as typeof payload).transcript.map((row) => row.message);
  const [one, same] = read(capture(payload, elevenlabs.fields));
  const [other] = read(capture(payload, elevenlabs.fields));
  expect(same).toBe(one);
  expect(other).not.toBe(one);
});

test('whatever a payload holds, no text of five letters and no number outside the timing survives', () => {
  const words = fc
    .string({ minLength: 5, maxLength: 30, unit: fc.constantFrom(...'abcdefghijklmnop') })
    .map((word) => `Q${word}Q`);
  const leaf = fc.oneof(words, fc.integer({ min: 1_000_000, max: 2 ** 40 }), fc.boolean(), fc.constant(null));
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        fc.constantFrom('message', 'note', 'account', 'dynamic_variables', 'properties'),
        tie('value'),
      ),
    ),
  })).value;
  fc.assert(
    fc.property(json, fc.constantFrom('elevenlabs' as const, 'tavus' as const), (payload, provider) => {
      const text = JSON.stringify(capture({ payload }, VENDORS[provider].fields));
      for (const secret of JSON.stringify(payload).match(/Q[a-p]{5,30}Q|\d{7,}/g) ?? [])
        expect(text).not.toContain(secret);
    }),
    { numRuns: 300 },
  );
});

describe('names of fields', () => {
  const captured = (provider: 'elevenlabs' | 'tavus', payload: unknown) =>
    capture(payload, VENDORS[provider].fields) as Record<string, unknown>;

  test('that are not the vendor’s are disguised, with all that they hold, and none takes another’s place', () => {
    const payload = {
      agent_id: 'agent_1',
      patient_john_smith: { diagnosis_ms: 12_345_678, role: 'user', born_at: '1984-05-01T10:00:00Z' },
      ...Object.fromEntries([...'abcdefghijklmnopqrstuvwxyz'].map((letter) => [letter, true])),
    };
    for (const provider of ['elevenlabs', 'tavus'] as const) {
      const text = JSON.stringify(captured(provider, payload));
      expect(text).not.toMatch(/john|smith|diagnosis|born|1984|12345678/);
      expect(Object.keys(captured(provider, payload))).toHaveLength(28);
    }
    expect(captured('elevenlabs', payload).agent_id).toBe('agent_1');
  });

  test('within a text that is JSON are disguised too: what a tool was asked and what it answered', () => {
    const captures = [
      captured('elevenlabs', {
        transcript: [{ tool_calls: [{ params_as_json: '{"account_holder":"x"}' }] }],
      }),
      captured('tavus', {
        events: [{ properties: { transcript: [{ content: '{"account_holder":"x"}' }] } }],
      }),
    ];
    for (const text of captures.map((value) => JSON.stringify(value)))
      expect(text).not.toContain('account_holder');
  });

  test('and ids within a text that is JSON are a customer’s, but for those by which calls find their results', () => {
    const text = JSON.stringify(
      captured('tavus', {
        properties: { transcript: [{ content: '{"id":"john.smith","tool_call_id":"call_1"}' }] },
      }),
    );
    expect(text).not.toContain('john');
    expect(text).toContain('call_1');
  });

  test('of attributes and spans that the vendor did not name are disguised behind what it did', () => {
    const text = JSON.stringify(
      captured('elevenlabs', {
        otlp_traces: {
          resourceSpans: [
            {
              resource: { attributes: [{ key: 'john.smith', value: { stringValue: 'x' } }] },
              scopeSpans: [
                {
                  scope: { name: 'acme.hospital' },
                  spans: [
                    {
                      name: 'elevenlabs.john_smith',
                      attributes: [{ key: 'elevenlabs.john', value: { intValue: '7' } }],
                    },
                  ],
                },
              ],
            },
          ],
        },
      }),
    );
    expect(text).not.toMatch(/john|smith|acme|hospital/);
    expect(text).toMatch(/"elevenlabs\.[a-z]{4}_[a-z]{5}"/);
    expect(text).toMatch(/"elevenlabs\.[a-z]{4}"/);
  });

  test('survive in no payload, whatever they are', () => {
    const secret = fc
      .string({ minLength: 6, maxLength: 20, unit: fc.constantFrom(...'abcdefghijklmnop') })
      .map((word) => `q${word}q`);
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.boolean(),
        fc.dictionary(secret, tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(json, fc.constantFrom('elevenlabs' as const, 'tavus' as const), (value, provider) => {
        const keys = JSON.stringify(value).match(/q[a-p]{6,20}q/g) ?? [];
        const payload = { properties: value, transcript: [{ params_as_json: JSON.stringify(value) }] };
        const text = JSON.stringify(captured(provider, payload));
        for (const key of keys) expect(text).not.toContain(key);
      }),
      { numRuns: 200 },
    );
  });
});
