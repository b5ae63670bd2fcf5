import { readdirSync, readFileSync } from 'node:fs';
import { transcriptEvent } from '../../sandbox/index.ts';
import { METRICS, type MetricDefinition } from '../../src/metrics/definitions.ts';
import { observe } from '../../src/metrics/observe.ts';
import type { OtlpAttribute, OtlpValue } from '../../src/trace/otlp.ts';
import { CALLSPAN, ERROR_TYPE, GEN_AI, SERVER_ADDRESS, SESSION_ID, TURN } from '../../src/trace/semconv.ts';
import { toOtlp } from '../../src/trace/span-batch.ts';
import { readBody } from '../../src/vendors/elevenlabs/read-body.ts';
import type { Translated } from '../../src/vendors/vendor.ts';
import { finalPayload, sandboxCalls, translatePayload } from '../trace/sandbox-calls.ts';

/**
 * The reference of attributes and metrics, read from what the translators make of every scenario of the simulated
 * vendors: types, spans, vendors, privacy and examples are what was seen, not what somebody remembers.
 */

const PROVIDERS = ['elevenlabs', 'tavus', 'retell'] as const;

/** Names of attributes that callspan itself writes. Of metrics alone: the kind of a token. */
export const NAMES: readonly string[] = [
  ...[GEN_AI, TURN, CALLSPAN]
    .flatMap((names) => Object.values<string>(names))
    .filter((name) => name !== GEN_AI.TOKEN_TYPE),
  ...[ERROR_TYPE, SERVER_ADDRESS, SESSION_ID],
].toSorted();

export interface Seen {
  readonly types: Set<string>;
  /** `callspan.phase` of the spans that have it; `evaluation` for the span event. */
  readonly spans: Set<string>;
  readonly vendors: Set<string>;
  /** Whether it is there although content is not let out. */
  always: boolean;
  example: string;
}

/** What was seen of each attribute, in all scenarios. */
export function attributesSeen(): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  for (const { provider, content, translated } of translations()) {
    const note = ({ key, value }: OtlpAttribute, span: string) => {
      if (!NAMES.includes(key)) return;
      const known = seen.get(key);
      const of = known ?? {
        ...{ types: new Set<string>(), spans: new Set<string>(), vendors: new Set<string>() },
        ...{ always: false, example: exampleOf(value) },
      };
      if (known === undefined) seen.set(key, of);
      of.types.add(typeOf(value));
      of.spans.add(span);
      of.vendors.add(provider);
      of.always ||= content === 'none';
    };
    for (const { scopeSpans } of toOtlp(translated.batch).resourceSpans) {
      for (const { attributes, events } of scopeSpans.flatMap(({ spans }) => spans)) {
        const phase = attributes.find(({ key }) => key === CALLSPAN.PHASE)?.value.stringValue ?? '';
        for (const attribute of attributes) note(attribute, phase);
        for (const event of events ?? []) for (const one of event.attributes ?? []) note(one, 'evaluation');
      }
    }
  }
  return seen;
}

/** The labels that each metric was seen with. */
export function labelsSeen(): Map<string, Set<string>> {
  const seen = new Map<string, Set<string>>();
  for (const { provider, translated } of translations()) {
    const { conversation, waitIds } = translated;
    const observations = observe(conversation, { source: provider, waitIds, deliveredAt: conversation.end });
    for (const { metric, labels } of observations) {
      const known = seen.get(metric) ?? new Set<string>();
      seen.set(metric, known);
      for (const label of Object.keys(labels)) known.add(label);
    }
  }
  return seen;
}

interface Translation {
  readonly provider: string;
  readonly content: 'none' | 'full';
  readonly translated: Translated;
}

function* translations(): Generator<Translation> {
  for (const provider of PROVIDERS) {
    for (const { id, payload } of payloadsOf(provider)) {
      for (const content of ['none', 'full'] as const) {
        const translated = isPushed(payload)
          ? pushed(payload, id, content)
          : translatePayload(provider, payload, id, { content, systemPrompt: true });
        if (translated !== undefined) yield { provider, content, translated };
      }
    }
  }
}

function isPushed(payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && 'event_timestamp' in payload;
}

function pushed(payload: unknown, id: string, content: 'none' | 'full'): Translated | undefined {
  const settings = { source: 'elevenlabs', content, systemPrompt: true, resource: {}, secrets: [] };
  const fetched = readBody(payload, { id, settings });
  return fetched.kind === 'ready' ? fetched.translated : undefined;
}

/** Simulated calls, and the payloads that were recorded or published. */
function* payloadsOf(provider: (typeof PROVIDERS)[number]): Generator<{ id: string; payload: unknown }> {
  for (const call of sandboxCalls(provider, 3)) yield { id: call.id, payload: finalPayload(call) };
  const folder = new URL(`../fixtures/${provider}/`, import.meta.url);
  for (const file of readdirSync(folder).toSorted()) {
    if (!file.endsWith('.json') || file.startsWith('malformed')) continue;
    yield { id: file, payload: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) };
  }
  if (provider !== 'elevenlabs') return;
  const [call] = sandboxCalls(provider, 1);
  if (call === undefined) return;
  // Criteria may be judged by a number, which neither a scenario nor a recorded payload shows.
  const evaluation_criteria_results = { polite: { criteria_id: 'polite', result: 'success', score: 5 } };
  yield {
    id: call.id,
    payload: { ...(finalPayload(call) as object), analysis: { evaluation_criteria_results } },
  };
  // A webhook may bring the spans alone.
  if (call.provider === 'elevenlabs')
    yield { id: call.id, payload: transcriptEvent(call, { format: 'opentelemetry' }) };
}

function typeOf(value: OtlpValue): string {
  if (value.arrayValue) return 'string[]';
  const [kind = 'nothing'] = Object.keys(value);
  return kind.replace(/Value$/, '').replace('bool', 'boolean');
}

function exampleOf({ arrayValue, ...value }: OtlpValue): string {
  const told = arrayValue?.values.map((member) => Object.values(member)[0]) ?? Object.values(value)[0];
  const text = String(told).replaceAll('|', '\\|');
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** UCUM, by the end of the name. */
function unitOf(name: string): string {
  if (/[._]seconds$/.test(name)) return 's';
  if (/[._]usd$/.test(name)) return 'USD';
  return /tokens/.test(name) ? '{token}' : '';
}

/** The page. */
export function reference(): string {
  const seen = attributesSeen();
  const code = (words: Iterable<string>) =>
    [...words]
      .toSorted()
      .map((word) => `\`${word}\``)
      .join(', ');
  const attributes = NAMES.flatMap((name) => {
    const of = seen.get(name);
    if (of === undefined) return [];
    const spans = of.spans.size > 10 ? 'every span' : code(of.spans);
    const cells = [
      `\`${name}\``,
      [...of.types].join(', '),
      unitOf(name),
      spans,
      [...of.vendors].toSorted().join(', '),
    ];
    return [`| ${[...cells, of.always ? 'always' : 'with content', `\`${of.example}\``].join(' | ')} |`];
  });
  const labels = labelsSeen();
  const [first = [], ...others] = labels.values();
  const common = new Set([...first].filter((label) => others.every((some) => some.has(label))));
  const metrics = (Object.entries(METRICS) as [string, MetricDefinition][]).map(([name, definition]) => {
    const { kind, unit, description, boundaries } = definition;
    const own = [...(labels.get(name) ?? [])].filter((label) => !common.has(label));
    return `| \`${name}\` | ${[kind, unit, code(own), boundaries?.join(' ') ?? '', description].join(' | ')} |`;
  });
  return [
    '# Attributes and metrics',
    '',
    'Written by `npm run generate` from what the translators make of every scenario of the simulated vendors. What each is',
    'for, and when it is there, says [trace-model.md](trace-model.md). Attributes that a vendor’s own spans bring are its own.',
    '',
    '## Attributes',
    '',
    'Spans are named by their `callspan.phase`; `evaluation` is the span event `gen_ai.evaluation.result`. What is there',
    '“with content” only leaves with `CALLSPAN_CONTENT=full`.',
    '',
    '| attribute | type | unit | on | vendors | leaves | example |',
    '|---|---|---|---|---|---|---|',
    ...attributes,
    '',
    '## Metrics',
    '',
    `All are by ${code(common)} too.`,
    '',
    '| metric | kind | unit | by | boundaries | |',
    '|---|---|---|---|---|---|',
    ...metrics,
    '',
  ].join('\n');
}
