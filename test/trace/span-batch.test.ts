import { expect, test } from 'vitest';
import { otlpBatch, toOtlp } from '../../src/trace/span-batch.ts';

test('OTLP is kept as the bytes that travel, and read back from them', () => {
  const traces = { resourceSpans: [{ scopeSpans: [], schemaUrl: 'é😀' }] };
  const json = Buffer.from(JSON.stringify(traces));
  expect(otlpBatch(traces)).toEqual({ kind: 'otlp', json, stamps: '' });
  expect(toOtlp(otlpBatch(traces))).toEqual(traces);
});

test('what JSON cannot express is refused before anything is sent', () => {
  expect(() => otlpBatch(Object.assign({ resourceSpans: [] }, { odd: 1n }))).toThrow(TypeError);
});
