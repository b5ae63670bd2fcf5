import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concludes, exchangeNumbers, hasWords } from '../../src/vendors/exchange.ts';

describe('speech', () => {
  it.each(['Yes.', '9', '是的', 'はい', 'نعم', '٤٢', 'நன்றி', 'ა', 'é', '...no', '½'])(
    'is what holds a letter or a digit of any script: %s',
    (said) => {
      expect(hasWords(said)).toBe(true);
    },
  );

  it.each([
    undefined,
    '',
    ' ',
    '...',
    '…',
    '!!',
    '...... !!!!',
    '?!',
    '—',
    '👍',
    '🙂🙂',
    '。',
    '♪',
    '\u200b',
  ])('is none without one: %j', (said) => {
    expect(hasWords(said)).toBe(false);
  });

  it('is the same with any signs around it', () => {
    const signs = fc.stringMatching(/^[.!?… —👍]*$/u);
    fc.assert(fc.property(signs, signs, (before, after) => hasWords(`${before}a${after}`)));
    fc.assert(fc.property(signs, (only) => !hasWords(only)));
  });
});

describe('the number of an exchange', () => {
  it('counts up where a user speaks after the agent', () => {
    expect(exchangeNumbers(['agent', 'user', 'user', 'agent', 'agent', 'user'])).toEqual([1, 2, 2, 2, 2, 3]);
    expect(exchangeNumbers(['user', 'agent', 'user'])).toEqual([1, 1, 2]);
  });

  it('is not counted up by what is no turn', () => {
    expect(exchangeNumbers(['agent', undefined, 'agent', undefined, 'user'])).toEqual([1, 1, 1, 1, 2]);
    expect(exchangeNumbers(['user', undefined, 'user', 'agent'])).toEqual([1, 1, 1, 1]);
  });
});

describe('a tool that concludes', () => {
  it.each(['end_call', 'voicemail_detection', 'transfer_to_agent', 'transfer_to_number'])('is %s', (name) => {
    expect(concludes(name)).toBe(true);
  });

  it.each(['lookup', 'end_call_survey', 'transfer', 'bank_transfer_to_account', 'skip_turn'])(
    'is not %s',
    (name) => {
      expect(concludes(name)).toBe(false);
    },
  );

  it('is no transfer between the nodes of a workflow', () => {
    expect([concludes('transfer_to_agent', true), concludes('end_call', true)]).toEqual([false, true]);
    expect(concludes('transfer_to_number', true)).toBe(true);
  });
});
