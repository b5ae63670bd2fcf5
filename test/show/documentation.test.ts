import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PHASE, SPAN } from '../../src/trace/semconv.ts';

const PAGE = readFileSync(new URL('../../docs/waterfall.md', import.meta.url), 'utf8');
/** The first column of the table of bars. */
const BARS = [...PAGE.matchAll(/^\| `([^`]+)` \|/gm)].map(([, bar]) => bar);

describe('docs/waterfall.md', () => {
  test('has a row for every span that there is', () => {
    const { PHASE: phase, TOOL: tool, EVENT: event, ...whole } = SPAN;
    expect(BARS).toEqual(expect.arrayContaining(Object.values(whole)));
    expect(BARS).toEqual(expect.arrayContaining([`${tool}<name>`, `${event}<type>`]));
    expect(BARS.some((bar) => bar?.startsWith(phase))).toBe(true);
  });

  test('has a row for every phase of a wait', () => {
    const others: string[] = [
      PHASE.CONVERSATION,
      PHASE.JOIN,
      PHASE.USER_SPEECH,
      PHASE.RESPONSE_LATENCY,
      PHASE.RAG,
      PHASE.AGENT_SPEECH,
      PHASE.TOOL,
      PHASE.EVENT,
    ];
    for (const phase of Object.values(PHASE).filter((each) => !others.includes(each)))
      expect(BARS).toContain(`${SPAN.PHASE}${phase}`);
  });

  test('says what is meant by the words beside a bar', () => {
    for (const word of ['unexplained', 'unanswered', 'backchannel', 'interrupted', 'waits not measured'])
      expect(PAGE).toContain(word);
  });
});
