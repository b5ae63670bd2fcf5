import { describe, expect, it } from 'vitest';
import { pythonRepr } from '../../sandbox/elevenlabs/python-repr.ts';

// Expected texts were printed by CPython 3.11.
describe("Python's repr", () => {
  it.each([
    [{ tokens: { int: 2172 }, price: { float: 0.0003258 } }, "{'tokens': 2172, 'price': 0.0003258}"],
    [{ price: { float: 0.0000678 } }, "{'price': 6.78e-05}"],
    [{ price: { float: 1.0799999999999998e-5 } }, "{'price': 1.0799999999999998e-05}"],
    [{ float: 0 }, '0.0'],
    [{ float: 3 }, '3.0'],
    [{ float: 1e16 }, '1e+16'],
    [{ float: 0.0001 }, '0.0001'],
    ["it's", '"it\'s"'],
    ['say "hi"', '\'say "hi"\''],
    ['it\'s "both"', "'it\\'s \"both\"'"],
    ['line\nbreak\\', "'line\\nbreak\\\\'"],
    [[null, true, false, 'é'], "[None, True, False, 'é']"],
  ])('%j is %s', (value, text) => {
    expect(pythonRepr(value)).toBe(text);
  });
});
