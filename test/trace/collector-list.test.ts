import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { OtlpAttribute } from '../../src/trace/otlp.ts';
import { toOtlp } from '../../src/trace/span-batch.ts';
import { finalPayload, sandboxCalls, translatePayload } from './sandbox-calls.ts';

/** What the shipped collector lets through, by where it stands. */
const LISTS = new Map(
  textsIn(parse(readFileSync(new URL('../../collector-config.yaml', import.meta.url), 'utf8'))).flatMap(
    (text) => {
      const [, where, list] = /^keep_matching_keys\((\w+)\.attributes, "(.*)\$\$"\)$/s.exec(text) ?? [];
      return where === undefined || list === undefined ? [] : [[where, new RegExp(`${list}$`)] as const];
    },
  ),
);

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function missing(where: string, attributes: readonly OtlpAttribute[] = []): string[] {
  const list = LISTS.get(where);
  if (list === undefined) throw new Error(`The collector has no list for ${where}`);
  return attributes.flatMap(({ key }) => (list.test(key) ? [] : [`${where} ${key}`]));
}

test.each(['elevenlabs', 'tavus', 'retell', 'vapi'] as const)(
  'the shipped collector lets through all of %s that may leave without content',
  (provider) => {
    const lost = new Set<string>();
    for (const call of sandboxCalls(provider, 1)) {
      if (call.shape !== 'full' || call.scenario === 'two-hours') continue;
      const translated = translatePayload(provider, finalPayload(call), call.id);
      for (const { resource, scopeSpans } of translated ? toOtlp(translated.batch).resourceSpans : []) {
        for (const key of missing('resource', resource?.attributes)) lost.add(key);
        for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
          for (const key of missing('span', span.attributes)) lost.add(key);
          for (const event of span.events ?? [])
            for (const key of missing('spanevent', event.attributes)) lost.add(key);
        }
      }
    }
    expect([...lost]).toEqual([]);
  },
);
