import { expect, it } from 'vitest';
import { FreeCalls } from '../../../src/vendors/elevenlabs/free-calls.ts';

function call(name: string, params?: string) {
  return { requestId: undefined, name, params, type: undefined, wasCalled: undefined };
}

it('finds a call by its parameters, however they are spelled, and gives each out once', () => {
  const [one, two, three] = [
    call('f', '{"a":1,"b":2}'),
    call('f', '{"b": 2, "a": 1}'),
    call('g', '{"a":1,"b":2}'),
  ];
  const free = new FreeCalls([one, two, three]);
  expect(free.takeByParams('f', "{'b': 2, 'a': 1}")).toBe(one);
  expect(free.takeByParams('f', '{"a":1,"b":2}')).toBe(two);
  expect(free.takeByParams('f', '{"a":1,"b":2}')).toBeUndefined();
  expect(free.left()).toEqual([three]);
});

it('finds a call by the first 4,000 characters of its parameters, the first that begins so', () => {
  const long = (end: string) => JSON.stringify({ text: `${'x'.repeat(4_000)}${end}` });
  const calls = [call('f', long('a')), call('f', long('b')), call('f', long('b'))];
  const free = new FreeCalls(calls);
  expect(free.takeByParams('f', long('b').slice(0, -2))).toBe(calls[1]);
  expect(free.takeByParams('f', long('').slice(0, 4_005))).toBe(calls[0]);
  expect(free.takeByParams('f', long('').slice(0, 4_005))).toBe(calls[2]);
});

it('finds the next of a name, whatever was taken between', () => {
  const calls = [call('f', '1'), call('g'), call('f', '2'), call('f')];
  const free = new FreeCalls(calls);
  expect(free.takeByParams('f', '2')).toBe(calls[2]);
  expect(free.takeByName('f')).toBe(calls[0]);
  expect(free.takeByName('f')).toBe(calls[3]);
  expect(free.takeByName('f')).toBeUndefined();
  expect(free.left()).toEqual([calls[1]]);
});

it('takes parameters that nest without end for a text', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const one = call('f', deep);
  expect(new FreeCalls([one]).takeByParams('f', deep)).toBe(one);
});
