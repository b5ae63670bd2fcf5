import { describe, expect, it } from 'vitest';
import { type Json, truth } from '../../sandbox/index.ts';
import { finished, metric, one, rows } from './elevenlabs-reading.ts';

const FELT = 'convai_ttf_audio_since_silence';

describe('rows as recorded ones are', () => {
  it('has a felt latency where nobody waited too: in greetings, prompts, requests and replies cut off', () => {
    const seen = { greeting: 0, prompt: 0, request: 0, unheard: 0, secondHalf: 0 };
    for (let index = 0; index < 200; index++) {
      const all = rows(finished(one(index)));
      all.forEach((row, place) => {
        const felt = metric(row, FELT);
        if (felt === undefined || row.role !== 'agent') return;
        const before = all[place - 1];
        if (felt < 0.1) seen.greeting += 1;
        else if (before?.message === '...' && felt > 11) {
          seen.prompt += 1;
          expect(before.time_in_call_secs).toBe(row.time_in_call_secs);
        } else if (((row.tool_calls as Json[] | null | undefined) ?? []).length > 0 && !row.message)
          seen.request += 1;
        else if (!row.message && row.interrupted === true) seen.unheard += 1;
        else if (before?.role === 'agent' && typeof before.message === 'string') seen.secondHalf += 1;
      });
    }
    for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(5);
  });

  it('flags a hum, which the agent did not stop for', () => {
    const call = one(3, 'backchannel');
    const hums = rows(finished(call)).filter((row) => row.ignored_as_backchannel === true);
    expect(hums.length).toBe(truth(call).backchannels);
    expect(hums.length).toBeGreaterThan(0);
    for (const hum of hums) expect(hum).toMatchObject({ role: 'user', message: expect.any(String) });
  });

  it('tells what a workflow called in turn, as a value, as a string or as both', () => {
    const forms = new Set<string>();
    for (let index = 0; index < 40; index++) {
      const call = one(index, 'workflow');
      const results = rows(finished(call)).flatMap(
        (row) => (row.tool_results as Json[] | null | undefined) ?? [],
      );
      const last = results.find((result) => result.tool_name === 'notify_condition_3_met');
      const inText = JSON.parse(String(last?.result_value)) as { steps?: Json[] };
      const asValue = (last?.result as { steps: Json[] } | undefined)?.steps;
      forms.add(`${inText.steps !== undefined} ${asValue !== undefined}`);
      const [entered, worked] = asValue ?? inText.steps ?? [];
      expect(entered).toMatchObject({ type: 'nested_tools', node_id: 'node_slots' });
      expect(worked?.requests).toMatchObject([{ tool_has_been_called: false, tool_name: 'check_slots' }, {}]);
      expect(worked?.results).toMatchObject([
        { tool_has_been_called: true, is_error: false },
        { is_error: true },
      ]);
      expect(worked?.is_successful).toBe(false);
    }
    expect([...forms].sort()).toEqual(['false true', 'true false', 'true true']);
  });
});
