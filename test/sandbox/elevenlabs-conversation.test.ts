import { describe, expect, it } from 'vitest';
import { elevenLabsConversation, elevenLabsRow, type Json, truth } from '../../sandbox/index.ts';
import { EVERY, finished, metric, one, rows, spans } from './elevenlabs-reading.ts';

/** Not a row of the agent's of which no word was heard. */
function isHeard(row: Json): boolean {
  return (
    typeof row.message === 'string' && row.message !== '' && (row.role === 'user' || row.message !== '...')
  );
}

const FELT = 'convai_ttf_audio_since_silence';

describe('the transcript that ElevenLabs publishes', () => {
  it('stamps rows with the whole second they began in, in order', () => {
    for (const { call } of EVERY.filter((each) => each.scenario !== 'zero-retention')) {
      const stamps = rows(finished(call)).map((row) => row.time_in_call_secs as number);
      expect(stamps.every(Number.isInteger)).toBe(true);
      expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
      const said = rows(finished(call)).filter(isHeard);
      const spoken = call.turns.filter((turn) => turn.text !== '');
      const second = (turn: (typeof spoken)[number], place: number) => {
        // In a text chat what the user typed carries the second of the agent's previous words.
        const before = call.traits.textOnly && turn.speaker === 'user' ? spoken[place - 1] : undefined;
        return Math.floor(((before ?? turn).start - call.start) / 1e6);
      };
      expect(said.map((row) => row.time_in_call_secs)).toEqual(spoken.map(second));
    }
  });

  it('tells each felt wait to the nanosecond, with the noise of a float clock behind it', () => {
    let digits = 0;
    for (const { call } of EVERY.filter((each) => each.call.fate === 'exported')) {
      const told = rows(finished(call)).flatMap((row) => metric(row, FELT) ?? []);
      const rounded = told.map((seconds) => Math.round(seconds * 1e9) / 1e9);
      for (const { seconds } of truth(call).waits) expect(rounded).toContain(seconds);
      digits = Math.max(digits, ...told.map((seconds) => String(seconds).length));
    }
    expect(digits).toBeGreaterThan(14);
  });

  it('reports every result of a tool once, in a row that is not before its call', () => {
    for (const { scenario, call } of EVERY.filter((each) =>
      each.call.turns.some((turn) => turn.tools.length > 0),
    )) {
      const all = rows(finished(call));
      const place = (key: string, id: string) =>
        all.flatMap((row, at) =>
          ((row[key] as Json[] | null) ?? []).some((item) => item.request_id === id) ? [at] : [],
        );
      const nested = new Set(
        call.turns
          .flatMap((turn) => turn.tools)
          .flatMap((tool) => tool.steps)
          .flatMap((step) => step.tools.map((tool) => tool.id)),
      );
      for (const tool of truth(call).tools.filter((each) => !nested.has(each.id))) {
        const [called, ...again] = place('tool_calls', tool.id);
        const [answered, ...twice] = place('tool_results', tool.id);
        expect([again, twice], scenario).toEqual([[], []]);
        expect(answered).toBeGreaterThanOrEqual(called ?? Number.NaN);
        const results = (all[answered ?? 0]?.tool_results ?? []) as Json[];
        const result = results.find((item) => item.request_id === tool.id);
        expect(result?.is_error).toBe(tool.error !== undefined && tool.error !== 'blocked');
        const seconds = result?.tool_latency_secs as number | null | undefined;
        if (tool.error === 'blocked') expect([seconds, result?.is_blocked]).toEqual([0, true]);
        else expect(seconds == null ? undefined : Math.round(seconds * 1e9) / 1e9).toBe(tool.seconds);
      }
    }
  });

  it('reports a result before the answer that needed it', () => {
    let checked = 0;
    for (let index = 0; index < 60; index++) {
      const call = one(index, 'tool-ok');
      const caller = call.turns.find((turn) => turn.tools.length > 0);
      if (caller === undefined || caller.text !== '' || call.traits.results !== 'own') continue;
      // Whoever hums meanwhile stands between the two.
      if (call.turns[call.turns.indexOf(caller) + 1]?.backchannel) continue;
      const all = rows(finished(call));
      const [id] = truth(call).tools.map((tool) => tool.id);
      const answered = all.findIndex((row) => JSON.stringify(row.tool_results ?? '').includes(id ?? '-'));
      const called = all.findIndex((row) => JSON.stringify(row.tool_calls ?? '').includes(id ?? '-'));
      expect([answered, typeof all[answered + 1]?.message]).toEqual([called + 1, 'string']);
      checked += 1;
    }
    expect(checked).toBeGreaterThan(3);
  });

  it('shows an interruption in the flag, in dots, or in both', () => {
    const seen = new Set<string>();
    for (let index = 0; index < 60; index++) {
      const call = one(index, 'interrupted');
      const spoken = call.turns.filter((turn) => turn.text !== '');
      const said = rows(finished(call)).filter(isHeard);
      const row = said[spoken.findIndex((turn) => turn.interrupted)];
      const dotted = String(row?.message).endsWith('...');
      seen.add(`${row?.interrupted === true} ${dotted}`);
      expect(row?.interrupted === true || dotted).toBe(true);
    }
    expect([...seen].sort()).toEqual(['false true', 'true false', 'true true']);
  });

  it('is blank, and says so in the feature flags, where nothing may be retained', () => {
    const conversation = finished(one(1, 'zero-retention'));
    expect(conversation.transcript).toEqual([]);
    expect(conversation.otlp_traces).toBeNull();
    expect(conversation.metadata).toMatchObject({ features_usage: { pii_zrm_agent: true } });
    expect(JSON.stringify(conversation)).not.toContain(one(1, 'zero-retention').person.phone);
  });
});

describe('optional fields', () => {
  it('are there in some conversations, null in some and absent in others', () => {
    const seen = new Map<string, Set<string>>();
    const note = (path: string, state: string) => seen.set(path, (seen.get(path) ?? new Set()).add(state));
    const look = (holder: Json, names: Iterable<string>, path: string) => {
      for (const name of names) {
        note(`${path}${name}`, !(name in holder) ? 'absent' : holder[name] === null ? 'null' : 'present');
      }
    };
    const all = Array.from({ length: 300 }, (_, index) => finished(one(index)));
    const names = (holders: Json[]) => new Set(holders.flatMap((holder) => Object.keys(holder)));
    const metadata = all.map((each) => each.metadata as Json);
    for (const each of all) look(each, names(all), '');
    for (const each of metadata) look(each, names(metadata), 'metadata.');
    const everyRow = all.flatMap(rows);
    const rowNames = names(everyRow);
    for (const each of everyRow) look(each, rowNames, 'row.');

    const states = (name: string) => [...(seen.get(name) ?? [])].sort();
    const varied = [
      ...['agent_name', 'branch_id', 'version_id', 'environment', 'analysis', 'user_id', 'otlp_traces'],
      ...[
        'cost_fiat',
        'main_language',
        'charging',
        'phone_call',
        'queue_wait_secs',
        'error',
        'features_usage',
      ].map((name) => `metadata.${name}`),
      ...[
        'message',
        'tool_calls',
        'tool_results',
        'interrupted',
        'llm_usage',
        'rag_retrieval_info',
        'agent_metadata',
      ].map((name) => `row.${name}`),
      'row.conversation_turn_metrics',
    ];
    for (const name of varied) expect(states(name), name).toEqual(['absent', 'null', 'present']);
    for (const name of ['agent_id', 'conversation_id', 'status', 'metadata', 'transcript', 'row.role']) {
      expect(states(name), name).toEqual(['present']);
    }
  });

  it('never hide a fact of the truth', () => {
    for (const shape of ['nulls', 'absent', 'mixed', 'full'] as const) {
      for (let index = 0; index < 40; index++) {
        const call = one(index, 'ordinary', shape);
        const told = truth(call);
        const conversation = finished(call);
        const metadata = conversation.metadata as Json;
        expect(metadata.cost_fiat ?? undefined).toBe(told.costUsd);
        expect(metadata.main_language ?? undefined).toBe(told.language);
        expect(metadata.queue_wait_secs ?? undefined).toBe(told.queueWaitSeconds);
        expect((metadata.phone_call as Json | null | undefined)?.direction).toBe(told.direction);
        expect(metadata.call_duration_secs).toBe(told.durationSeconds);
        expect(conversation.version_id ?? conversation.branch_id ?? undefined).toBe(told.agent.version);
      }
    }
  });
});

describe('a conversation that is not over', () => {
  it('has the rows that have begun, no length and no analysis', () => {
    const call = one(2, 'rich', 'full');
    const half = Math.round((call.start + call.end) / 2);
    const conversation = elevenLabsConversation(call, { at: half, format: 'opentelemetry' });

    expect(conversation).toMatchObject({ status: 'in-progress', analysis: null, has_audio: false });
    expect(conversation.metadata).toMatchObject({
      call_duration_secs: 0,
      termination_reason: null,
      cost_fiat: null,
    });
    const begun = call.turns.filter((turn) => turn.start <= half && turn.text !== '');
    expect(rows(conversation).filter(isHeard)).toHaveLength(begun.length);
    expect(spans(conversation).length).toBeLessThan(spans(finished(call)).length);
    expect(elevenLabsRow(call, half, true)).toMatchObject({
      status: 'in-progress',
      call_duration_secs: 0,
      message_count: 0,
    });
  });

  it('is processed for some seconds before it is done', () => {
    const call = one(2, 'ordinary', 'full');
    expect(elevenLabsRow(call, call.end, false)).toMatchObject({
      status: 'processing',
      call_successful: 'unknown',
    });
    expect(elevenLabsRow(call, call.terminalAt - 1, false)).toMatchObject({ status: 'processing' });
    expect(elevenLabsRow(call, call.terminalAt, true)).toMatchObject({
      status: 'done',
      message_count: rows(finished(call)).length,
      transcript_summary: expect.stringContaining(call.person.name),
    });
  });
});
