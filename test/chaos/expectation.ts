import { type Call, countedWaits, type Truth, truth } from '../../sandbox/index.ts';
import { SpanStore } from '../../sandbox/sink/span-store.ts';
import { type Labels, observe } from '../../src/metrics/observe.ts';
import { SeriesBook } from '../../src/metrics/series.ts';
import { secondsToNanos } from '../../src/time/nanos.ts';
import type { TraceSettings } from '../../src/trace/settings.ts';
import { toOtlp } from '../../src/trace/span-batch.ts';
import { readBody } from '../../src/vendors/elevenlabs/read-body.ts';
import type { Translated } from '../../src/vendors/vendor.ts';
import { translatePayload } from '../trace/sandbox-calls.ts';
import type { Promised } from './audit.ts';
import { finalPayload } from './pool.ts';

/** What has to become of one conversation. */
export interface Expected {
  /** The name of the source that has it. */
  readonly source: string;
  /** What is broken where it is missing. */
  readonly promised: Extract<Promised, 'nothing is missing' | 'what was answered with 200 is delivered'>;
  readonly truth: Truth;
  /** Undefined where nothing is to be exported. */
  readonly trace:
    | {
        readonly id: string;
        /** Every span's content, resource and scope as a digest, by span id. */
        readonly digests: ReadonlyMap<string, string>;
        /** Spans that are only there if they came before the delivery. */
        readonly late: ReadonlySet<string>;
      }
    | undefined;
}

/** What a conversation's translation depends on: the settings of the source that has it. */
export type SettingsOf = (provider: Call['provider'], id: string) => TraceSettings;

/** Everything that has to come of the conversations of one run, as if nothing had ever gone wrong. */
export class Expectation {
  readonly conversations = new Map<string, Expected>();
  /** The numbers by way of callspan's own observation of an undisturbed translation. */
  readonly series = new SeriesBook([]);
  readonly #settingsOf: SettingsOf;

  constructor(settingsOf: SettingsOf) {
    this.#settingsOf = settingsOf;
  }

  /** @param promised what is broken where it is missing. */
  add(call: Call, promised: Expected['promised'] = 'nothing is missing'): void {
    const known = truth(call);
    const translated =
      known.fate === 'exported'
        ? translatePayload(
            call.provider,
            finalPayload(call),
            call.id,
            this.#settingsOf(call.provider, call.id),
          )
        : undefined;
    this.#expect(known, translated, promised);
  }

  /** One of which a webhook of ElevenLabs is all there is. @param known what it tells. */
  addOnlyTold(known: Truth, body: Buffer): void {
    const settings = this.#settingsOf('elevenlabs', known.id);
    const read = readBody(JSON.parse(body.toString()), { id: known.id, settings });
    this.#expect(
      known,
      read.kind === 'ready' ? read.translated : undefined,
      'what was answered with 200 is delivered',
    );
  }

  #expect(known: Truth, translated: Translated | undefined, promised: Expected['promised']): void {
    const { source } = this.#settingsOf(known.provider, known.id);
    if (translated === undefined) {
      if (known.fate === 'exported') throw new Error(`${known.id} (${known.scenario}) has no translation`);
      this.conversations.set(known.id, { truth: known, trace: undefined, promised, source });
      return;
    }
    const { conversation, batch, waitIds, lateIds } = translated;
    const spans = new SpanStore('digests');
    spans.take({ ...toOtlp(batch) });
    const digests = new Map(
      spans.spans(conversation.traceId).map(({ spanId, forms }) => [spanId, forms[0]?.digest ?? '']),
    );
    this.conversations.set(known.id, {
      source,
      ...{ truth: known, promised },
      trace: { id: conversation.traceId, digests, late: new Set(lateIds) },
    });
    const deliveredAt = BigInt(Date.now()) * 1_000_000n;
    // One that has no time of its own is delivered soon after it was heard of.
    const placed = known.undated ? { ...conversation, end: deliveredAt } : conversation;
    this.series.add(observe(placed, { source, waitIds, deliveredAt }), 0);
  }

  /** The numbers by way of the simulated vendors' own truth, which knows nothing of callspan. */
  totals(): Map<string, bigint> {
    const totals = new Map<string, bigint>();
    const add = (name: string, value: bigint) => totals.set(name, (totals.get(name) ?? 0n) + value);
    for (const { truth: known } of this.conversations.values()) {
      if (known.fate !== 'exported') continue;
      add(`conversations ${known.provider} ${known.outcome}`, 1n);
      const waits = countedWaits(known);
      add(`waits ${known.provider}, count`, BigInt(waits.length));
      for (const { seconds } of waits) add(`waits ${known.provider}, ns`, secondsToNanos(seconds));
      const { unanswered, overlapped, answered, interrupted } = known.userTurns;
      add('turns unanswered', BigInt(unanswered));
      add('turns overlapped', BigInt(overlapped));
      add(REPLIED, BigInt(answered + interrupted));
      for (const { name, error = 'worked' } of known.tools) add(`tool ${name} ${error}`, 1n);
      for (const [model, { input, cacheRead, cacheWrite, output }] of Object.entries(known.tokens)) {
        add(`tokens ${model} input`, BigInt(input + cacheRead + cacheWrite));
        add(`tokens ${model} output`, BigInt(output));
      }
      if (known.costUsd !== undefined) add('cost, 1e-9 USD', secondsToNanos(known.costUsd));
    }
    return withoutZeros(totals);
  }
}

/** Series as the same totals as those of the truth. */
export function totalsOf(
  series: Iterable<{ metric: string; labels: Labels; count: bigint; sum: bigint }>,
): Map<string, bigint> {
  const totals = new Map<string, bigint>();
  const add = (name: string, value: bigint) => totals.set(name, (totals.get(name) ?? 0n) + value);
  for (const { metric, labels, count, sum } of series) {
    const provider = labels['gen_ai.provider.name'];
    const whole = sum / 1_000_000_000n;
    switch (metric) {
      case 'callspan.conversations':
        add(`conversations ${provider} ${labels['callspan.outcome']}`, whole);
        break;
      case 'callspan.response.latency':
        add(`waits ${provider}, count`, count);
        add(`waits ${provider}, ns`, sum);
        break;
      case 'callspan.turns':
        add(turnsBy(labels['callspan.answer']), whole);
        break;
      case 'callspan.tool.calls':
        add(`tool ${labels['gen_ai.tool.name']} ${labels['error.type'] ?? 'worked'}`, whole);
        break;
      case 'callspan.tokens':
        add(`tokens ${labels['gen_ai.request.model']} ${labels['gen_ai.token.type']}`, whole);
        break;
      case 'callspan.cost':
        add('cost, 1e-9 USD', sum);
        break;
      default:
    }
  }
  return withoutZeros(totals);
}

const REPLIED = 'turns answered, whether interrupted or not';

function turnsBy(answer: Labels[string] | undefined): string {
  return answer === 'answered' || answer === 'interrupted' ? REPLIED : `turns ${answer}`;
}

function withoutZeros(totals: Map<string, bigint>): Map<string, bigint> {
  return new Map([...totals].filter(([, value]) => value !== 0n));
}
