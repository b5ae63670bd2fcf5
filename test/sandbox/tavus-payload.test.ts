import { describe, expect, it } from 'vitest';
import {
  type Json,
  scenarioNames,
  simulateCall,
  type TavusCall,
  tavusConversation,
  tavusRow,
  truth,
} from '../../sandbox/index.ts';

const START = Date.UTC(2026, 10, 20, 12, 0, 0, 250);
const DAY = 86_400_000_000;

function one(index: number, scenario?: string, shape?: TavusCall['shape']): TavusCall {
  const more = { ...(scenario === undefined ? {} : { scenario }), ...(shape === undefined ? {} : { shape }) };
  const call = simulateCall({ provider: 'tavus', seed: 41, index, startAt: START, ...more });
  if (call.provider !== 'tavus') throw new Error('not a call of Tavus');
  return call;
}

function log(call: TavusCall, at = call.end + DAY): Json[] {
  return (tavusConversation(call, at, true).events as Json[] | null) ?? [];
}

function event(call: TavusCall, type: string): Json | undefined {
  return log(call).find((each) => each.event_type === type);
}

function transcript(call: TavusCall): Json[] {
  const properties = event(call, 'application.transcription_ready')?.properties as Json | undefined;
  return (properties?.transcript as Json[] | undefined) ?? [];
}

/** Microseconds of a published stamp, read from its digits. */
function micros(stamp: unknown): number {
  const [whole = '', fraction = ''] = typeof stamp === 'number' ? stamp.toFixed(6).split('.') : [];
  if (typeof stamp === 'number') return Number(whole) * 1_000_000 + Number(fraction);
  const text = String(stamp);
  const digits = /\.(\d{6})Z$/.exec(text)?.[1] ?? '0';
  return Date.parse(`${text.slice(0, 19)}Z`) * 1000 + Number(digits);
}

describe('the event log of Tavus', () => {
  it('tells creation, join and shutdown to the microsecond, or lies on whole seconds', () => {
    let whole = 0;
    for (let index = 0; index < 60; index++) {
      const call = one(index, 'ordinary');
      const conversation = tavusConversation(call, call.end + DAY, true);
      const joined = log(call).find((each) => String(each.event_type).endsWith('_joined'));
      const shutdown = event(call, 'system.shutdown');
      expect(micros(conversation.created_at)).toBe(call.start);
      expect(micros(joined?.timestamp)).toBe(call.join);
      expect(micros(shutdown?.timestamp)).toBe(call.end);
      if (String(shutdown?.timestamp).length === 20) whole += 1;
    }
    expect(whole).toBeGreaterThan(5);
    expect(whole).toBeLessThan(40);
  });

  it('shows an event only once it has happened', () => {
    const call = one(1, 'perception-late');
    const types = (at: number) => log(call, at).map((each) => each.event_type);
    expect(types(call.start)).toEqual([]);
    expect(types(call.join ?? 0).every((type) => String(type).endsWith('_joined'))).toBe(true);
    expect(types(call.end + 179e6)).not.toContain('application.perception_analysis');
    expect(types(call.end + 181e6)).toContain('application.perception_analysis');
  });

  it('may show the transcript later than it is stamped', () => {
    const call = one(1, 'transcript-seen-late');
    const ready = call.events.find((each) => each.type === 'application.transcription_ready');
    expect(ready?.seenAt).toBe(call.end + 120e6);
    expect(micros(event(call, 'application.transcription_ready')?.timestamp)).toBe(call.end + 1100);
    expect(log(call, call.end + 60e6).map((each) => each.event_type)).not.toContain(
      'application.transcription_ready',
    );
  });

  it('stamps the transcript before or after the shutdown, and lists events in any order', () => {
    const before = new Set<boolean>();
    const orders = new Set<boolean>();
    for (let index = 0; index < 60; index++) {
      const call = one(index, 'ordinary');
      const ready = call.events.find((each) => each.type === 'application.transcription_ready');
      before.add((ready?.at ?? 0) < call.end);
      const stamps = log(call).map((each) => micros(each.timestamp));
      orders.add(stamps.every((stamp, place) => stamp >= (stamps[place - 1] ?? 0)));
    }
    expect(before).toEqual(new Set([true, false]));
    expect(orders).toEqual(new Set([true, false]));
  });

  it('gives the reason in one of three places', () => {
    const place = (scenario: string, index = 1) => {
      const call = one(index, scenario);
      const conversation = tavusConversation(call, call.end + DAY, true);
      const properties = event(call, 'system.shutdown')?.properties as Json | undefined;
      return [properties?.shutdown_reason, properties?.reason, conversation.shutdown_reason ?? undefined];
    };
    const raw = (scenario: string) => one(1, scenario).reason?.raw;
    expect(place('reason-in-shutdown-reason')).toEqual([
      raw('reason-in-shutdown-reason'),
      undefined,
      undefined,
    ]);
    expect(place('reason-in-reason')).toEqual([undefined, raw('reason-in-reason'), undefined]);
    expect(place('reason-on-top')).toEqual([undefined, undefined, raw('reason-on-top')]);
    expect(place('reason-unknown')).toEqual([undefined, undefined, undefined]);
  });

  it('writes reasons with and without " reached"', () => {
    const raw = new Set<string | undefined>();
    for (let index = 0; index < 60; index++) raw.add(one(index, 'ordinary').reason?.raw);
    expect(raw).toContain('participant_left_timeout');
    expect(raw).toContain('participant_left_timeout reached');
  });

  it('uses one set of names per conversation, and may log the join under both', () => {
    const legacy = JSON.stringify(
      tavusConversation(one(1, 'legacy-names', 'full'), START * 1000 + DAY, true),
    );
    expect(legacy).toMatch(/"replica_id"/);
    expect(legacy).not.toMatch(/face_id|pal_id|pal_joined/);
    const now = JSON.stringify(tavusConversation(one(1, 'new-names', 'full'), START * 1000 + DAY, true));
    expect(now).toMatch(/"face_id"/);
    expect(now).not.toMatch(/replica_id|persona_id/);

    const joins = log(one(1, 'duplicate-joins')).filter((each) =>
      String(each.event_type).endsWith('_joined'),
    );
    expect(joins.map((each) => each.event_type).sort()).toEqual([
      'system.pal_joined',
      'system.replica_joined',
    ]);
    expect(joins[0]?.properties).toEqual(joins[1]?.properties);
    expect(joins[0]?.timestamp).toBe(joins[1]?.timestamp);
  });

  it('logs artefacts, several of some kinds, and types that nobody knows', () => {
    const types = (scenario: string) => truth(one(1, scenario)).events.map((each) => each.type);
    expect(types('post-call-actions')).toEqual(Array(2).fill('application.post_call_action_executed'));
    expect(types('recording-ready')).toEqual(['application.recording_ready']);
    expect(types('recording-copy-failed')).toEqual(['application.recording_copy_failed']);
    expect(types('perception-unavailable')).toEqual(['application.perception_unavailable']);
    expect(types('memory-consolidation')).toEqual([
      'application.memory_consolidation',
      'application.raven_memory_evidence',
    ]);
    expect(types('unknown-events')).toEqual([
      'system.participant_joined',
      'canvas.interaction',
      'application.something.new',
    ]);
    for (const scenario of scenarioNames('tavus')) {
      const call = one(1, scenario);
      const told = ['_joined', '.shutdown', '.transcription_ready'];
      const others = log(call).filter(
        (each) =>
          each.event_type === 'system.participant_joined' ||
          !told.some((end) => String(each.event_type).endsWith(end)),
      );
      if (truth(call).fate === 'exported') {
        expect(others.map((each) => each.event_type).sort(), scenario).toEqual([...types(scenario)].sort());
      }
    }
  });

  it('repeats a shutdown with another reason, and a transcript without entries', () => {
    const shutdowns = one(1, 'several-shutdowns').events.filter((each) => each.type === 'system.shutdown');
    expect(shutdowns).toHaveLength(2);
    const call = one(1, 'several-transcripts');
    const lengths = log(call)
      .filter((each) => each.event_type === 'application.transcription_ready')
      .map((each) => ((each.properties as Json).transcript as Json[]).length);
    expect(lengths.toSorted((a, b) => a - b)[0]).toBe(0);
    expect(Math.max(...lengths)).toBeGreaterThan(2);
  });

  it('is empty or missing for a test conversation, which is born ended', () => {
    const empty = new Set(
      (['full', 'nulls', 'absent', 'mixed'] as const).map((shape) => {
        const call = one(1, 'test-mode', shape);
        const conversation = tavusConversation(call, call.start, true);
        expect(conversation.status).toBe('ended');
        return JSON.stringify(conversation.events);
      }),
    );
    expect(empty).toEqual(new Set(['[]', 'null']));
  });

  it('is not shown without verbose', () => {
    const call = one(1, 'ordinary');
    expect(tavusConversation(call, call.end + DAY, false)).toEqual(tavusRow(call, call.end + DAY));
    expect(tavusConversation(call, call.end + DAY, false)).not.toHaveProperty('events');
  });
});

describe('the transcript of Tavus', () => {
  it.each([
    'ordinary',
    'iso-timestamps',
    'shifted-epochs',
    'from-start',
    'barge-in',
    'overlapped',
    'tool-ok',
  ])('lets the waits of %s be computed to the microsecond', (scenario) => {
    for (let index = 0; index < 10; index++) {
      const call = one(index, scenario);
      const entries = transcript(call).filter(
        (entry) => entry.role === 'user' || (entry.role === 'assistant' && entry.content !== ''),
      );
      const start = (entry: Json) =>
        entry.timestamp === undefined
          ? Math.round((entry.seconds_from_start as number) * 1e6)
          : micros(entry.timestamp);
      const gaps = entries.flatMap((entry, place) => {
        const reply = entries[place + 1];
        if (entry.role !== 'user' || reply?.role !== 'assistant') return [];
        const gap = start(reply) - start(entry) - Math.round((entry.duration as number) * 1e6);
        return gap < 0 ? [] : [gap / 1e6];
      });
      expect(gaps).toEqual(truth(call).waits.map((wait) => wait.seconds));
    }
  });

  it('counts seconds from the first entry that has a time, or from the join where there are no stamps', () => {
    const stamped = transcript(one(3, 'iso-timestamps')).filter((entry) => 'seconds_from_start' in entry);
    expect(stamped[0]?.seconds_from_start).toBe(0);

    const call = one(3, 'from-start');
    const counted = transcript(call).filter((entry) => 'seconds_from_start' in entry);
    const spoken = call.turns.filter((turn) => turn.text !== '');
    expect(counted.map((entry) => entry.seconds_from_start)).toEqual(
      spoken.map((turn) => (turn.start - (call.join ?? 0)) / 1e6),
    );
    expect(transcript(call).some((entry) => 'timestamp' in entry)).toBe(false);
  });

  it('says nothing of time in the old form, and lies outside the conversation in the shifted one', () => {
    const old = new Set(transcript(one(1, 'no-timing')).flatMap((entry) => Object.keys(entry)));
    expect(old).toEqual(new Set(['role', 'content', 'inference_id']));
    const call = one(1, 'shifted-epochs');
    const stamps = transcript(call).flatMap((entry) =>
      'timestamp' in entry ? [micros(entry.timestamp)] : [],
    );
    expect(Math.min(...stamps)).toBeGreaterThan(call.end);
    const lengths = transcript(one(1, 'no-durations')).filter((entry) => 'duration' in entry);
    expect(lengths).toEqual([]);
  });

  it('begins with the private prompt', () => {
    expect(transcript(one(1, 'ordinary'))[0]).toMatchObject({
      role: 'system',
      content: expect.stringContaining('SPRING-40'),
    });
    expect(transcript(one(1, 'rag')).filter((entry) => entry.role === 'system')).toHaveLength(3);
  });

  it('answers a call of a tool by its id, a deferred one twice, with an echo of the call', () => {
    const call = one(2, 'tool-async');
    const id = truth(call).tools[0]?.id;
    const answers = transcript(call).filter((entry) => entry.role === 'tool');
    expect(answers.map((entry) => entry.tool_call_id)).toEqual([id, `${id}_result`]);
    expect(answers[0]?.content).toBe('dispatched...');
    const calls = transcript(call).flatMap((entry) =>
      ((entry.tool_calls as Json[] | undefined) ?? []).map((each) => each.id),
    );
    expect(calls.toSorted()).toEqual([id, `${id}_result`]);
  });

  it('carries the application’s trace context in the conversation’s name', () => {
    const traced = Array.from({ length: 40 }, (_, index) => one(index, 'ordinary')).filter(
      (call) => call.traceparent !== undefined,
    );
    expect(traced.length).toBeGreaterThan(0);
    for (const call of traced) expect(tavusRow(call, call.end).conversation_name).toContain(call.traceparent);
  });
});
