import { describe, expect, it } from 'vitest';
import { endReason } from '../../../src/vendors/vapi/reason.ts';
import { bot, talk, translate, user } from './vapi-payload.ts';

/** One or more of each family that the vendor has, what they are called and whether the call went wrong. */
const FAMILIES: readonly (readonly [reason: string, name: string, failure: boolean])[] = [
  ['customer-ended-call', 'customer-ended-call', false],
  ['customer-ended-call-during-transfer', 'customer-ended-call', false],
  ['customer-busy', 'customer-busy', false],
  ['customer-did-not-answer', 'customer-did-not-answer', false],
  ['customer-of-a-new-kind', 'customer', false],
  ['assistant-ended-call', 'assistant-ended-call', false],
  ['assistant-ended-call-after-message-spoken', 'assistant-ended-call', false],
  ['assistant-said-end-call-phrase', 'assistant-said-end-call-phrase', false],
  ['assistant-forwarded-call', 'assistant-forwarded-call', false],
  ['assistant-not-found', 'assistant-not-found', false],
  ['assistant-request-returned-no-assistant', 'assistant-request', true],
  ['silence-timed-out', 'silence-timed-out', false],
  ['exceeded-max-duration', 'exceeded-max-duration', false],
  ['voicemail', 'voicemail', false],
  ['manually-canceled', 'manually-canceled', false],
  ['call-deleted', 'call-deleted', false],
  ['scheduled-call-deleted', 'call-deleted', false],
  ['worker-shutdown', 'worker-shutdown', true],
  ['twilio-failed-to-connect-call', 'twilio', true],
  ['twilio-reported-customer-misdialed', 'twilio', false],
  ['vonage-completed', 'vonage', false],
  ['phone-call-provider-closed-websocket', 'phone-call-provider-closed-websocket', true],
  ['phone-call-provider-bypass-enabled-but-no-call-received', 'phone-call-provider', false],
  ['call.start.error-get-assistant', 'call.start.error', true],
  ['call.start.error-vapifault-database-error', 'call.start.error', true],
  ['call-start-error-neither-assistant-nor-server-set', 'call.start.error', true],
  ['call.ringing.hook-executed-say', 'call.ringing.hook-executed', false],
  ['call.ringing.sip-inbound-caller-hungup-before-call-connect', 'call.ringing', false],
  ['call.forwarding.operator-busy', 'call.forwarding', false],
  ['call.ending.hook-executed-transfer', 'call.ending.hook-executed', false],
  ['call.in-progress.error-vapifault-anything-500', 'call.in-progress.error-vapifault', true],
  ['call.in-progress.error-providerfault-anthropic-llm-failed', 'call.in-progress.error-providerfault', true],
  ['call.in-progress.error-configfault-anything', 'call.in-progress.error-configfault', true],
  ['call.in-progress.error-transfer-failed', 'call.in-progress.error', true],
  ['call.in-progress.twilio-completed-call', 'call.in-progress.completed-call', false],
  ['pipeline-error-openai-llm-failed', 'pipeline-error', true],
  ['pipeline-error-deepgram-returning-502-bad-gateway', 'pipeline-error', true],
];

describe('the reason of an end', () => {
  it.each(FAMILIES)('%s is %s, a failure: %s', (reason, name, failure) => {
    expect(endReason(reason)).toMatchObject({ name, known: true, failure, text: reason });
  });

  it.each(['moderator-left', 'Customer ended call', 'voicemail for Ada', 'customerended', 'pipeline-errors'])(
    '%s is none that anybody knows',
    (reason) => {
      expect(endReason(reason)).toMatchObject({ name: 'other', known: false });
    },
  );

  it('that is new and tells of an error is a failure all the same', () => {
    expect(endReason('something-new-failed')).toMatchObject({ name: 'other', failure: true });
  });

  it('has one of few names, however many the vendor has', () => {
    const names = Array.from(
      { length: 500 },
      (_, index) => `pipeline-error-vendor-${index}-llm-failed-${500 + index}`,
    );
    expect(new Set(names.map((reason) => endReason(reason)?.name)).size).toBe(1);
  });

  it('is an error’s type by its family, and stands beside it in full', () => {
    const { conversation } = translate(talk([], { endedReason: 'pipeline-error-openai-llm-failed' }));
    expect(conversation).toMatchObject({ failed: true, endReason: 'pipeline-error', outcome: 'failed' });
    expect(conversation.vendor.plain['vapi.ended_reason']).toBe('pipeline-error-openai-llm-failed');
  });

  it.each([
    'assistant-ended-call',
    'assistant-ended-call-after-message-spoken',
    'assistant-said-end-call-phrase',
    'assistant-forwarded-call',
    'voicemail',
    'call.forwarding.operator-busy',
    'call.ending.hook-executed-transfer',
  ])('%s answers what was said last: nobody was left without an answer', (endedReason) => {
    const rows = [bot('Hello.', 0, 2), user('Goodbye.', 40, 41)];
    const silences = translate(talk(rows, { endedReason })).conversation.turns.map(({ silence }) => silence);
    expect(silences).toEqual([undefined, undefined]);
  });

  it.each([
    'customer-ended-call',
    'silence-timed-out',
    'exceeded-max-duration',
    'assistant-ended-call-failed',
    'call.in-progress.error-transfer-failed',
  ])('%s does not', (endedReason) => {
    const rows = [bot('Hello.', 0, 2), user('Hello?', 40, 41)];
    const silences = translate(talk(rows, { endedReason })).conversation.turns.map(({ silence }) => silence);
    expect(silences).toEqual([undefined, 19_000_000_000n]);
  });

  it('that nobody knows may be anybody’s words: it goes only with content', () => {
    const { conversation, drift } = translate(talk([], { endedReason: 'Ada hung up' }));
    expect(conversation.vendor.plain).not.toHaveProperty(['vapi.ended_reason']);
    expect(conversation.vendor.content['vapi.ended_reason']).toBe('Ada hung up');
    expect(drift).toContain('unknown endedReason');
  });
});
