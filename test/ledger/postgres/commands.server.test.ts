import { expect, test } from 'vitest';
import { openLedger } from '../../../src/ledger/open.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { testDatabase } from './databases.ts';

test('a command for all sources becomes one for each, that only its holder is given', async () => {
  const { url, remove } = await testDatabase();
  const [one, other, asker] = [await openLedger(url), await openLedger(url), await openLedger(url)];
  const sources = [await one.source('a', 'tavus'), await one.source('b', 'tavus')] as const;
  const stop = new AbortController();
  const never = new AbortController().signal;
  const held = new Map<number, typeof one>();
  const running = [one, other].map(async (ledger) => {
    const share = (await ledger.share?.(systemClock, never)) ?? expect.fail('nobody shares it');
    await share.run(
      sources,
      async (source, tenure) => {
        held.set(source, ledger);
        await new Promise((resolve) => tenure.addEventListener('abort', resolve, { once: true }));
      },
      stop.signal,
    );
    await ledger.release();
  });
  await expect.poll(() => new Set(held.values()).size === 2).toBe(true);
  const id = await asker.commands.add({ kind: 'retry', dead: true }, 1);
  for (const source of sources) {
    const [row, ...more] = (await held.get(source)?.commands.open(source)) ?? [];
    expect(more).toEqual([]);
    expect(row?.command).toEqual({ kind: 'retry', dead: true, source: source === sources[0] ? 'a' : 'b' });
    await held.get(source)?.commands.done(row?.id ?? 0, { revived: 2, failures: [] }, 2);
  }
  expect(await asker.commands.get(id)).toMatchObject({ state: 'done', result: { revived: 4, failures: [] } });
  stop.abort();
  await Promise.all(running);
  expect(await asker.holder(systemClock)).toBeUndefined();
  for (const ledger of [one, other, asker]) await ledger.close();
  await remove();
});
