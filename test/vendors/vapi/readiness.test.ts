import { describe, expect, it } from 'vitest';
import { providerOf } from '../../../src/vendors/registry.ts';
import { ANSWERED, bot, ID, moment, readAfter, talk, user } from './vapi-payload.ts';

const ROWS = [bot('Hello.', 1, 2), user('Hi.', 3, 4)];
const END = ANSWERED + 60_000;

describe('a call', () => {
  it.each(['scheduled', 'queued', 'ringing', 'in-progress', 'forwarding'])(
    'that is %s is waited for',
    (status) => {
      expect(readAfter(talk(ROWS, { status, endedAt: undefined }), 10)).toEqual({
        kind: 'pending',
        reason: `status ${status}`,
      });
    },
  );

  it('is ready as soon as its analysis is there', () => {
    expect(readAfter(talk(ROWS), 1).kind).toBe('ready');
  });

  it.each([undefined, null, {}, { summary: '' }])(
    'with the analysis %j waits for one until it has settled',
    (analysis) => {
      expect(readAfter(talk(ROWS, { analysis }), 299)).toEqual({
        kind: 'pending',
        reason: 'no analysis yet',
        notBefore: END + 302_000,
      });
      expect(readAfter(talk(ROWS, { analysis }), 300).kind).toBe('ready');
    },
  );

  it('that never began settles after its last change', () => {
    const never = talk([], { analysis: null, startedAt: null, endedAt: null, updatedAt: moment(100) });
    expect(readAfter(never, 339).kind).toBe('pending');
    const ready = readAfter(never, 340);
    expect(ready.kind === 'ready' && ready.translated.conversation).toMatchObject({ outcome: 'no_user' });
  });

  it.each(['not-found', 'a-status-of-tomorrow', null])('of status %s that has an end has ended', (status) => {
    expect(readAfter(talk(ROWS, { status }), 10).kind).toBe('ready');
  });

  it('with zero retention is no silent user: nobody knows who spoke', () => {
    const bare = talk([], { messages: null, artifact: null, analysis: null });
    const ready = readAfter(bare, 400);
    expect(ready.kind === 'ready' && ready.translated.conversation.outcome).toBe('completed');
  });
});

describe('an end-of-call report', () => {
  const {
    messages: _,
    artifact,
    analysis,
    status: __,
    endedReason,
    startedAt,
    endedAt,
    ...thin
  } = talk(ROWS);
  const report = {
    message: {
      ...{ type: 'end-of-call-report', timestamp: END + 5_000 },
      ...{ artifact, analysis, endedReason, startedAt, endedAt, cost: 0.5 },
      call: { ...thin, status: 'in-progress' },
    },
  };

  it('is recognised in its wrapper', () => {
    expect(providerOf(report)).toBe('vapi');
  });

  it('is the call, with what stands beside it', () => {
    const ready = readAfter(report, 10);
    expect(ready.kind).toBe('ready');
    if (ready.kind !== 'ready') return;
    expect(ready.translated.conversation).toMatchObject({
      id: ID,
      totals: { costUsd: 0.5 },
      endReason: 'customer-ended-call',
    });
    expect(ready.translated.conversation.turns).toHaveLength(2);
  });

  it('becomes the same bytes as the record', () => {
    const ready = readAfter(report, 10);
    const record = readAfter(talk(ROWS, { cost: 0.5 }), 10);
    if (ready.kind !== 'ready' || record.kind !== 'ready') throw new Error('Both are there');
    expect(ready.translated.conversation).toEqual(record.translated.conversation);
  });
});
