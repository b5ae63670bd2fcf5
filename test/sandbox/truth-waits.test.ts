import { describe, expect, it } from 'vitest';
import type { Turn } from '../../sandbox/call.ts';
import { type Call, type ElevenLabsCall, type Provider, simulateCall, truth } from '../../sandbox/index.ts';

const START = Date.UTC(2026, 10, 20, 12);

function one(provider: Provider, scenario: string, index = 1): Call {
  return simulateCall({ provider, seed: 21, index, startAt: START, scenario });
}

const SECOND = 1_000_000;

/** A turn from one second of the call to another. */
function turn(
  call: Call,
  speaker: Turn['speaker'],
  from: number,
  to: number,
  more: Partial<Turn> = {},
): Turn {
  return {
    speaker,
    agent: 0,
    start: call.start + from * SECOND,
    end: call.start + to * SECOND,
    text: 'words',
    silent: false,
    backchannel: false,
    typed: false,
    interrupted: false,
    metrics: {},
    tools: [],
    ...more,
  };
}

describe('the truth about who waited', () => {
  it('numbers exchanges and classes user turns as the trace model does', () => {
    const base = one('elevenlabs', 'ordinary') as ElevenLabsCall;
    const felt = 700_000_000;
    const call: ElevenLabsCall = {
      ...base,
      traits: { ...base.traits, unpublished: [], textOnly: false },
      end: base.start + 100 * SECOND,
      turns: [
        turn(base, 'agent', 0, 2, { metrics: { felt: 90_000_000 } }),
        turn(base, 'user', 3, 5, { metrics: { asr: 90_000_000 } }),
        turn(base, 'agent', 6, 9, { metrics: { felt, llm: 400_000_000 }, interrupted: true }),
        turn(base, 'user', 7, 7.5, { backchannel: true }),
        turn(base, 'user', 8.5, 11),
        turn(base, 'user', 12, 13),
        turn(base, 'agent', 13.5, 13.5, {
          text: '',
          metrics: { felt, llm: 200_000_000, generation: 300_000_000 },
        }),
        turn(base, 'agent', 14, 15, { metrics: { felt } }),
        turn(base, 'agent', 16, 17, { metrics: { felt } }),
        turn(base, 'user', 18, 20),
        turn(base, 'agent', 24, 24, { text: '' }),
        turn(base, 'user', 30, 30, { silent: true }),
        turn(base, 'user', 40, 41),
      ],
    };

    expect(truth(call)).toMatchObject({
      exchanges: 5,
      waits: [
        {
          seconds: 1,
          exchange: 2,
          phases: [
            { name: 'asr', seconds: 0.09 },
            { name: 'llm_ttfb', seconds: 0.4 },
          ],
          unexplained: 0.51,
        },
        { seconds: 1, exchange: 3, phases: [{ name: 'llm_ttfb', seconds: 0.3 }], unexplained: 0.7 },
      ],
      unmeasuredWaits: 0,
      // Answered at 14; silence from 20 to 40 and from 41 to 100; the one who went on at 12 counts nowhere.
      userTurns: { interrupted: 1, answered: 1, unanswered: 2, overlapped: 0 },
      uncountedUserTurns: 1,
      silentUserTurns: 1,
      backchannels: 1,
      silences: [20, 59],
      interruptions: 1,
    });
  });

  it('knows no wait for greetings, prompts, noises, hums, second halves and replies that nobody heard', () => {
    const base = one('elevenlabs', 'ordinary') as ElevenLabsCall;
    const felt = 12_400_000_000;
    const call: ElevenLabsCall = {
      ...base,
      traits: { ...base.traits, unpublished: [], textOnly: false },
      end: base.start + 60 * SECOND,
      turns: [
        turn(base, 'user', 0, 0, { silent: true }),
        turn(base, 'agent', 0, 2, { metrics: { felt: 90_000_000 } }),
        turn(base, 'user', 14, 14, { silent: true }),
        turn(base, 'agent', 14, 15, { metrics: { felt } }),
        turn(base, 'user', 16, 17, { silent: true, text: '!!' }),
        turn(base, 'agent', 18, 19, { metrics: { felt: 1_200_000_000 } }),
        turn(base, 'user', 20, 21),
        turn(base, 'agent', 22, 22, {
          text: '',
          unheard: 'Sure',
          interrupted: true,
          metrics: { felt: 1_000_000_000 },
        }),
        turn(base, 'user', 22, 24),
        turn(base, 'agent', 25.5, 27, { metrics: { felt: 1_500_000_000 } }),
        turn(base, 'user', 26, 26.3, { backchannel: true }),
        turn(base, 'agent', 28, 30, { metrics: { felt: 4_000_000_000 } }),
      ],
    };

    expect(truth(call).waits.map((wait) => wait.seconds)).toEqual([1.5]);
    expect(truth(call).userTurns).toEqual({ answered: 1, interrupted: 0, overlapped: 0, unanswered: 0 });
  });

  it('knows what a payload does not tell: waits in chats, in old recordings, for a first message', () => {
    expect(truth(one('elevenlabs', 'text-only')).waits).toEqual([]);
    expect(truth(one('elevenlabs', 'text-only')).unmeasuredWaits).toBeGreaterThan(0);
    expect(truth(one('elevenlabs', 'unmeasured')).unmeasuredWaits).toBeGreaterThan(0);
    expect(truth(one('tavus', 'no-durations')).unmeasuredWaits).toBeGreaterThan(0);
    expect(truth(one('tavus', 'typed')).unmeasuredWaits).toBe(1);
  });

  it('counts what a workflow called in turn, and what was refused as an error that took no time', () => {
    const names = truth(one('elevenlabs', 'workflow')).tools.map((tool) => tool.name);
    expect(names.filter((name) => /^(notify_condition_\d_met|progress_workflow)$/.test(name))).toHaveLength(
      3,
    );
    expect(names).toContain('check_slots');
    const refused = truth(one('elevenlabs', 'refused-tools')).tools;
    expect(refused.map(({ error, seconds }) => [error, seconds])).toEqual([
      ['blocked', undefined],
      ['tool_error', undefined],
    ]);
  });

  it('takes a hang-up for an answer', () => {
    for (let index = 0; index < 20; index++) {
      expect(truth(one('elevenlabs', 'agent-hang-up', index)).userTurns.unanswered).toBe(0);
    }
  });
});
