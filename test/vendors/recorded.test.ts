import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Provider } from '../../sandbox/index.ts';
import type { Translated } from '../../src/vendors/vendor.ts';
import { Trace } from '../trace/read-spans.ts';
import { translatePayload } from '../trace/sandbox-calls.ts';

/**
 * Payloads in shapes that people recorded or reported, with words, ids and numbers of our own, and what is right for
 * each. Their whole traces are beside them in `fixtures/`.
 */
type Json = Record<string, unknown>;

function read(provider: Provider, name: string): Json {
  return JSON.parse(readFileSync(new URL(`../fixtures/${provider}/${name}.json`, import.meta.url), 'utf8'));
}

function translated(provider: Provider, payload: Json): Translated {
  const { conversation_id: id } = (payload.data ?? payload) as { conversation_id: string };
  const made = translatePayload(provider, payload, id);
  if (!made) throw new Error(`${id} was not translated`);
  return made;
}

const elevenLabs = (name: string) => new Trace(translated('elevenlabs', read('elevenlabs', name)));
const tavus = (name: string) => new Trace(translated('tavus', read('tavus', name)));

/** The waits of a trace, in seconds, in order. */
const waits = (made: Trace) => made.all('response_latency').map(({ seconds }) => seconds);
const told = (made: Trace, ...keys: string[]) => keys.map((key) => made.root.attributes[`callspan.${key}`]);
const phasesOf = (made: Trace, seconds: number) => {
  const bar = made.all('response_latency').find((one) => one.seconds === seconds);
  return bar
    ? made
        .childrenOf(bar)
        .map((one) => [one.attributes['callspan.phase'], one.attributes['callspan.phase.seconds']])
    : [];
};

describe('a recorded ElevenLabs payload', () => {
  it('greeting-has-felt-latency: nobody waited for the greeting', () => {
    const made = elevenLabs('greeting-has-felt-latency');
    expect(waits(made)).toEqual([1.9]);
    expect(told(made, 'wait.first_seconds', 'waits')).toEqual([1.9, 1]);
  });

  it('idle-prompts-are-not-waits: the 12 s are the caller’s silence', () => {
    const made = elevenLabs('idle-prompts-are-not-waits');
    expect(waits(made)).toEqual([1.1]);
    expect(told(made, 'slow', 'unanswered', 'end_reason')).toEqual([false, 0, 'silence_timeout']);
  });

  it('wait-spent-on-node-transitions: three models, a nested tool and the reply say where it went', () => {
    const made = elevenLabs('wait-spent-on-node-transitions');
    expect(waits(made)).toEqual([15.1, 1.2]);
    expect(phasesOf(made, 15.1)).toEqual([
      ['turn_detection', 0.4],
      ['asr', 0.06],
      ['llm_ttfb', 2.2],
      ['tool_wait', 0.0051],
      ['llm_ttfb', 1.7],
      ['tool_wait', 0.0051],
      ['llm_ttfb', 1.4],
      ['tool_wait', 4.725],
      ['llm_ttfb', 1.1],
      ['llm_sentence', 0.5],
      ['tts_ttfb', 0.12],
    ]);
    const nested = made.one('tool.check_slots');
    expect([made.parentOf(nested)?.name, nested.attributes['callspan.tool.seconds']]).toEqual([
      'elevenlabs.tool.notify_condition_2_met',
      4.72,
    ]);
    expect(made.all('tool.transfer_to_agent')).toHaveLength(2);
    expect(told(made, 'tool_errors')).toEqual([0]);
  });

  it('barge-in-before-a-word: the reply that nobody heard ends no wait', () => {
    const made = elevenLabs('barge-in-before-a-word');
    expect(waits(made)).toEqual([1.6]);
    expect(told(made, 'unanswered', 'interruptions')).toEqual([0, 1]);
  });

  it('asr-garbage: signs are no speech; the last question was left for 50 s', () => {
    const made = elevenLabs('asr-garbage');
    expect(waits(made)).toEqual([]);
    expect(told(made, 'unanswered', 'silence.max_seconds', 'outcome', 'waits.unmeasured')).toEqual([
      1,
      50,
      'failed',
      0,
    ]);
  });

  it('missing-dynamic-variables: failed, for a reason that is known', () => {
    expect(told(elevenLabs('missing-dynamic-variables'), 'outcome', 'end_reason')).toEqual([
      'failed',
      'missing_variables',
    ]);
  });

  it('connection-dropped-1006: the connection was lost', () => {
    expect(told(elevenLabs('connection-dropped-1006'), 'outcome', 'end_reason')).toEqual([
      'completed',
      'connection_lost',
    ]);
  });

  it('stopped-by-guardrail: failed, and alerts can leave it out', () => {
    const made = elevenLabs('stopped-by-guardrail');
    expect(told(made, 'outcome', 'end_reason')).toEqual(['failed', 'guardrail']);
    expect(made.root.attributes['error.type']).toBe('guardrail');
  });

  it('quota-killed-call: done to the vendor, failed to the caller', () => {
    const made = elevenLabs('quota-killed-call');
    expect(told(made, 'outcome', 'end_reason')).toEqual(['failed', 'quota']);
    expect(waits(made)).toEqual([1.2]);
  });

  it('tool-not-called-or-blocked: what did not run is no success, and has no duration', () => {
    const made = elevenLabs('tool-not-called-or-blocked');
    const tools = made.all('tool.refund');
    expect(
      tools.map(({ attributes, status }) => [
        attributes['error.type'],
        attributes['callspan.tool.seconds'],
        status,
      ]),
    ).toEqual([
      ['blocked', undefined, 2],
      ['tool_error', undefined, 2],
    ]);
    expect(told(made, 'tool_errors')).toEqual([2]);
  });

  it.each(['whatsapp-thread-of-two-days', 'whatsapp-no-otlp'])(
    '%s: two days, and every row where it is',
    (name) => {
      const made = elevenLabs(name);
      expect(made.root.seconds).toBe(172_900);
      const rows = made.spans.filter((one) => one.name.includes('.recv.'));
      const starts = rows.map((one) => Math.round(made.at(one)[0])).sort((one, other) => one - other);
      expect(starts).toEqual([0, 6, 30_000, 30_005, 93_000, 93_007, 172_000]);
      expect(translated('elevenlabs', read('elevenlabs', name)).conversation.duration).toBe(
        172_900_000_000_000n,
      );
      expect(told(made, 'unanswered', 'waits', 'waits.unmeasured')).toEqual([0, 0, 3]);
    },
  );

  it('agent-says-goodbye-by-end-call: that is an answer', () => {
    expect(told(elevenLabs('agent-says-goodbye-by-end-call'), 'unanswered', 'outcome', 'end_reason')).toEqual(
      [0, 'completed', 'agent_ended'],
    );
  });

  it('base64-ids-enum-names, snake-case-otlp, webhook-envelope: the same conversation in other spellings', () => {
    const shape = (name: string) => {
      const made = elevenLabs(name);
      return made.spans.map((one) => [one.id, one.name, made.parentOf(one)?.name, ...made.at(one)]);
    };
    expect(shape('base64-ids-enum-names')).toEqual(shape('snake-case-otlp'));
    expect(elevenLabs('base64-ids-enum-names').root.traceId).toBe('ca0042c8de662976c05be42e93d6f76e');
    expect(elevenLabs('base64-ids-enum-names').root.status).toBe(1);
    for (const name of [
      'base64-ids-enum-names',
      'snake-case-otlp',
      'webhook-envelope',
      'dashed-upper-ids-numeric-nanos',
    ]) {
      const made = elevenLabs(name);
      expect(waits(made)).toEqual([3.1, 0.9]);
      expect(made.parentOf(made.one('tool.stock'))?.name).toBe('elevenlabs.recv.agent_response');
      expect(told(made, 'cost.usd', 'tokens.input')).toEqual([0.0123, 2277]);
    }
  });

  it('crash-after-node-transfer: failed, the last question left for 10 s', () => {
    const made = elevenLabs('crash-after-node-transfer');
    expect(waits(made)).toEqual([2.4, 2.8]);
    expect(told(made, 'outcome', 'end_reason', 'silence.max_seconds', 'unanswered')).toEqual([
      'failed',
      'error',
      10,
      1,
    ]);
  });

  it('language-switch-interrupted: what was not measured is not guessed', () => {
    const made = elevenLabs('language-switch-interrupted');
    expect(told(made, 'waits', 'waits.unmeasured', 'interruptions', 'end_reason')).toEqual([
      0,
      3,
      2,
      'client_disconnect',
    ]);
  });

  it('voicemail: a machine was spoken to, and told as one', () => {
    const made = elevenLabs('voicemail');
    expect(waits(made)).toEqual([1.6]);
    expect(told(made, 'end_reason', 'outcome', 'unanswered')).toEqual(['voicemail', 'completed', 0]);
  });

  it('parallel-async-tools: three waits, one tool that failed', () => {
    const made = elevenLabs('parallel-async-tools');
    expect(waits(made)).toEqual([1.1, 4.2, 1]);
    expect(made.one('tool.get_order').attributes).toMatchObject({
      'error.type': 'webhook_timeout',
      'callspan.tool.seconds': 7,
    });
    expect(told(made, 'tool_errors')).toEqual([1]);
  });

  it('transfer-and-mcp-error: who held it, and both that failed', () => {
    const made = elevenLabs('transfer-and-mcp-error');
    expect(waits(made)).toEqual([3.4, 1.9]);
    expect(told(made, 'tool_errors', 'unanswered')).toEqual([2, 0]);
    const holders = made.all('recv.agent_response').map(({ attributes }) => attributes['gen_ai.agent.id']);
    expect(new Set(holders)).toEqual(new Set(['agent_01', 'agent_02']));
  });

  const names = readdirSync(new URL('../fixtures/elevenlabs/', import.meta.url))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .filter((name) =>
      /^conv_case/.test(
        String(
          (read('elevenlabs', name).data as Json | undefined)?.conversation_id ??
            read('elevenlabs', name).conversation_id,
        ),
      ),
    );

  it.each(names)('%s: brings nothing that callspan has not heard of', (name) => {
    expect(translated('elevenlabs', read('elevenlabs', name)).drift).toEqual([]);
  });

  it.each(names.filter((name) => read('elevenlabs', name).otlp_traces))(
    '%s: is the same without its spans',
    (name) => {
      const payload = read('elevenlabs', name);
      const facts = (body: Json) => {
        const { turns, outcome, endReason, duration } = translated('elevenlabs', body).conversation;
        return {
          ...{ outcome, endReason, duration },
          turns: turns.map(({ number, speaks, silence, unmeasured, wait, tools }) => ({
            ...{ number, speaks, silence, unmeasured, wait: wait?.length },
            phases: wait?.phases.map((phase) => [phase.name, phase.length]),
            tools: tools.map((tool) => [
              tool.name,
              tool.error,
              tool.length,
              tool.nested?.map(({ name, length }) => [name, length]),
            ]),
          })),
        };
      };
      expect(facts({ ...payload, otlp_traces: null })).toEqual(facts(payload));
    },
  );
});

describe('a recorded Tavus payload', () => {
  it('typed-respond-echo: what is stamped late interrupts nothing', () => {
    const made = tavus('typed-respond-echo');
    expect(waits(made)).toEqual([1.6]);
    expect(told(made, 'interruptions', 'unanswered', 'waits.unmeasured')).toEqual([0, 0, 1]);
    for (const one of made.all('agent_response'))
      expect(one.attributes).not.toHaveProperty(['turn.overlap_seconds']);
  });

  it('iso-stamps-no-duration: no wait, and the root says so', () => {
    const made = tavus('iso-stamps-no-duration');
    expect(waits(made)).toEqual([]);
    expect(told(made, 'waits', 'waits.unmeasured')).toEqual([0, 2]);
  });

  it('user-left-room-lingers: an hour of an empty room is no wait', () => {
    const made = tavus('user-left-room-lingers');
    expect(waits(made)).toEqual([0.85]);
    expect(told(made, 'outcome', 'unanswered', 'waits.unmeasured')).toEqual(['time_limit', 0, 0]);
  });
});
