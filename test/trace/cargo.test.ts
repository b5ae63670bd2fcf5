import { expect, test } from 'vitest';
import { otlpCargo, toOtlp } from '../../src/trace/cargo.ts';

test('OTLP is kept as the bytes that travel, and read back from them', () => {
  const traces = { resourceSpans: [{ scopeSpans: [], schemaUrl: 'é😀' }] };
  const json = Buffer.from(JSON.stringify(traces));
  expect(otlpCargo(traces)).toEqual({ kind: 'otlp', json, stamps: '' });
  expect(toOtlp(otlpCargo(traces))).toEqual(traces);
});

test('what JSON cannot express is refused before anything is sent', () => {
  expect(() => otlpCargo(Object.assign({ resourceSpans: [] }, { odd: 1n }))).toThrow(TypeError);
});
