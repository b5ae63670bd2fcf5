import { conversation, type Exchange, type Truth, times, waits } from './truth.ts';

/** A handful of conversations in which everything occurs that a panel shows. */
export function someTruths(source: string): Truth[] {
  const tokens = [
    { model: 'gpt-5', input: 1_200, output: 80 },
    { model: 'gpt-5-mini', input: 300, output: 25 },
  ];
  const measured: Exchange = {
    answer: 'answered',
    wait: 1.75,
    phases: {
      ...{ turn_detection: 0.15, asr: 0.1, rag: 0.25, llm_ttfb: 0.55 },
      ...{ tool_wait: 0.3, llm_sentence: 0.12, tts_ttfb: 0.2 },
    },
    usage: tokens,
  };
  const anna = { source, agent: 'anna' };
  const tavus: Partial<Truth> = { source, agent: 'pal-7', provider: 'tavus' };
  return [
    conversation({
      ...{ ...anna, costUsd: 0.21, duration: 95, exchanges: [measured, ...waits(0.9, 2, 2.4)] },
      evaluations: { solved: 'success', polite: 'failure' },
    }),
    conversation({
      ...{ ...anna, costUsd: 0.34, duration: 200 },
      evaluations: { solved: 'failure', polite: 'unknown' },
      exchanges: [
        measured,
        { answer: 'interrupted', wait: 0.65 },
        { answer: 'overlapped' },
        { answer: 'unanswered' },
        { answer: 'answered', wait: 1.6, tools: [{ name: 'lookup', seconds: 0.45 }] },
        { answer: 'answered', wait: 4.1, tools: [{ name: 'lookup', seconds: 6, error: 'timeout' }] },
        { answer: 'answered', wait: 0.8, tools: [{ name: 'book', error: 'tool_error' }] },
      ],
    }),
    conversation({
      ...{ ...anna, version: 'v2', costUsd: 0.05, duration: 40 },
      evaluations: { solved: 'success', polite: 'success' },
      exchanges: [...waits(0.35, 0.55), { answer: 'answered', wait: 0.75, tools: [{ name: 'book' }] }],
    }),
    conversation({ ...anna, outcome: 'failed', duration: 3, exchanges: [] }),
    conversation({ ...anna, outcome: 'no_user', duration: 31, exchanges: [] }),
    // Of its last reply nobody knows how long it took.
    conversation({
      ...{ ...tavus, join: 3.4, duration: 310 },
      exchanges: [...waits(1.1, 1.45, 5.5, 31), { answer: 'answered' }],
    }),
    conversation({
      ...{ ...tavus, join: 9, duration: 610, outcome: 'time_limit' },
      exchanges: [...waits(2.2), ...times(2, { answer: 'unanswered' })],
    }),
    // A backfill: on no panel, unless somebody asks for it.
    conversation({ ...anna, late: true, costUsd: 9, duration: 7_000, exchanges: waits(12, 12, 12) }),
  ];
}
