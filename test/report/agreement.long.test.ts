import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LATENCY_BOUNDARIES } from '../../src/metrics/definitions.ts';
import { callspan } from '../cli/program.ts';
import { type FilledLedger, fillLedger } from './filled-ledger.ts';

const CONVERSATIONS = 10_000;
const NOW = Math.floor(Date.now() / 1000) * 1000;

interface Listed {
  readonly conversation: string;
  readonly waits: number;
  readonly longestWaitSeconds: number | null;
  readonly unanswered: number;
  readonly outcome: string;
  readonly toolsFailed: number | null;
}

interface Reported {
  readonly key: string;
  readonly conversations: number;
  readonly waits: number;
  readonly over: number;
  readonly distribution: readonly { readonly upToSeconds: number | null; readonly waits: number }[];
  readonly unanswered: number;
  readonly toolsFailed: number | null;
  readonly costUsd: number | null;
}

describe(`a ledger of ${CONVERSATIONS} conversations`, () => {
  let filled: FilledLedger;

  beforeAll(async () => {
    filled = await fillLedger(CONVERSATIONS, NOW);
  });
  afterAll(() => filled.remove());

  const ask = async <Answer>(...args: string[]): Promise<Answer> => {
    const { code, stdout, stderr } = await callspan([...args, '--json'], { CALLSPAN_STATE: filled.file });
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Answer;
  };
  const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);

  test('lists exactly the calls in which somebody waited long, the longest wait first', async () => {
    const listed = await ask<Listed[]>(
      'list',
      '--since',
      '30d',
      '--slow',
      '--sort',
      'wait',
      '--limit',
      '20000',
    );
    const longest = (id: string) =>
      Math.max(...(filled.truths.find((one) => one.id === id)?.waits ?? []).map(({ seconds }) => seconds));
    const slow = filled.truths.filter(({ waits }) =>
      waits.some(({ seconds }) => Math.round(seconds * 1000) > 2000),
    );
    expect(new Set(listed.map(({ conversation }) => conversation))).toEqual(
      new Set(slow.map(({ id }) => id)),
    );
    const lengths = listed.map(({ longestWaitSeconds }) => longestWaitSeconds ?? 0);
    expect(lengths).toEqual(lengths.toSorted((one, other) => other - one));
    for (const { conversation, longestWaitSeconds } of listed.slice(0, 200)) {
      expect(longestWaitSeconds).toBeCloseTo(longest(conversation), 2);
    }
  });

  test('counts what truly happened, and what the metrics count', async () => {
    const [listed, bySource] = await Promise.all([
      ask<Listed[]>('list', '--since', '30d', '--limit', '20000'),
      ask<Reported[]>('report', '--since', '30d', '--by', 'source'),
    ]);
    expect(listed).toHaveLength(CONVERSATIONS);
    const { truths, ledger } = filled;
    const waits = truths.flatMap((told) => told.waits);
    const told = {
      waits: waits.length,
      unanswered: sum(truths.map(({ userTurns }) => userTurns.unanswered)),
      failed: truths.filter(({ outcome }) => outcome === 'failed').length,
    };
    expect(sum(listed.map((one) => one.waits))).toBe(told.waits);
    expect(sum(listed.map((one) => one.unanswered))).toBe(told.unanswered);
    expect(listed.filter(({ outcome }) => outcome === 'failed')).toHaveLength(told.failed);

    const series = (await ledger.series()).filter(({ metric }) => metric === 'callspan.response.latency');
    for (const provider of ['elevenlabs', 'tavus']) {
      const own = series.filter(({ labels }) => labels['callspan.source'] === provider);
      const group = bySource.find(({ key }) => key === provider);
      expect(group?.waits).toBe(sum(own.map(({ count }) => Number(count))));
      expect(group?.distribution.map((bucket) => bucket.waits)).toEqual(
        LATENCY_BOUNDARIES.concat(Number.POSITIVE_INFINITY).map((_, place) =>
          sum(own.map(({ buckets }) => buckets[place] ?? 0)),
        ),
      );
      const truly = truths.filter((one) => one.provider === provider);
      expect(group?.conversations).toBe(truly.length);
      expect(group?.over).toBe(truly.flatMap((one) => one.waits).filter(({ seconds }) => seconds > 2).length);
      const costs = truly.flatMap(({ costUsd }) => costUsd ?? []);
      if (costs.length > 0) expect(group?.costUsd).toBeCloseTo(sum(costs), 4);
    }
  });

  test('compares agents and weeks without losing a conversation between them', async () => {
    for (const by of ['agent', 'version', 'week', 'source']) {
      const groups = await ask<Reported[]>('report', '--since', '30d', '--by', by);
      expect(sum(groups.map(({ conversations }) => conversations))).toBe(CONVERSATIONS);
    }
  });
});
