import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Notice, Taking } from '../../src/ledger/records.ts';
import type { ContractWorld } from './contract.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 4, 1, 12);

/** What every engine promises of the inbox: of what webhooks have told. */
export function describeInbox(world: () => ContractWorld): void {
  const notice = (conversation: string | undefined, text: string, more: Partial<Notice> = {}): Notice => ({
    ...{ source: world().source, conversation, type: 'post_call', at: NOW - 1_000, final: false },
    ...{ terminal: true, payload: Buffer.from(text) },
    digest: createHash('sha256').update(text).digest('hex'),
    ...more,
  });
  const put = async (...notices: Notice[]) => await world().ledger.inbox.put(notices, NOW);
  const waiting = async () => await world().ledger.inbox.waiting(world().source, 100);
  /** Takes all that waits. @param due when it is to be worked off. */
  const takeAll = async (due: number | 'never' = NOW) => {
    const takings: Taking[] = (await waiting()).map(({ number }) => ({
      number,
      due: due === 'never' ? undefined : due,
    }));
    await world().ledger.inbox.take(world().source, takings, NOW);
  };
  const bodyOf = async (id: string) => {
    const { payload } = await world().ledger.inbox.of(world().source, id);
    return payload === undefined ? undefined : Buffer.from(payload.body).toString();
  };
  const latestOf = async (id: string) => (await world().ledger.inbox.of(world().source, id)).latest;

  describe('the inbox', () => {
    test('keeps a notice once, by its body and by its event', async () => {
      expect(await put(notice('a', 'one'), notice('a', 'one'))).toEqual([true, false]);
      expect(await put(notice('b', 'one', { at: NOW }))).toEqual([false]);
      expect(await put(notice('a', 'the same event in other words'))).toEqual([false]);
      expect(await put(notice('a', 'two', { type: 'other' }))).toEqual([true]);
      expect(await put(notice('a', 'three', { at: NOW }))).toEqual([true]);
      expect(
        await put(notice('a', 'four', { at: undefined }), notice('a', 'five', { at: undefined })),
      ).toEqual([true, true]);
      expect(await bodyOf('a')).toBe('one');
      const other = await world().ledger.source('other', 'elevenlabs');
      expect(await put(notice('a', 'one', { source: other }))).toEqual([true]);
    });

    test('tells two callers that put the same which of them was first', async () => {
      const kept = await Promise.all([
        put(notice('a', 'one')),
        put(notice('a', 'one')),
        put(notice('a', 'one')),
      ]);
      expect(kept.flat().filter(Boolean)).toHaveLength(1);
    });

    test('shows what waits: of known conversations first, then the latest first', async () => {
      const { see, ledger, source } = world();
      await see('known', { ended: false, due: NOW + HOUR });
      await put(
        notice('x', '1', { final: true }),
        notice('known', '2', { terminal: false }),
        notice('y', '3'),
      );
      const rows = await waiting();
      expect(rows.map(({ conversation }) => conversation)).toEqual(['known', 'y', 'x']);
      expect(rows[0]).toMatchObject({ isKnown: true, final: false, terminal: false, at: NOW - 1_000 });
      expect(rows[2]).toMatchObject({ isKnown: false, final: true, terminal: true, receivedAt: NOW });
      expect((await ledger.inbox.waiting(source, 1)).map(({ conversation }) => conversation)).toEqual([
        'known',
      ]);
      expect(await ledger.inbox.depth(source)).toEqual({ waiting: 3, payloads: 0, oldest: NOW });
    });

    test('makes due what is taken, once, and keeps its payload until it is delivered', async () => {
      const { due, deliver, ledger, source, state } = world();
      await put(notice('a', 'one'));
      await takeAll();
      await takeAll();
      expect(await waiting()).toEqual([]);
      expect(await due()).toEqual(['a']);
      expect(await bodyOf('a')).toBe('one');
      expect(await ledger.inbox.depth(source)).toEqual({ waiting: 0, payloads: 1, oldest: NOW });
      await deliver('a');
      expect(await state('a')).toBe('delivered');
      expect(await bodyOf('a')).toBeUndefined();
      expect(await ledger.inbox.depth(source)).toEqual({ waiting: 0, payloads: 0, oldest: undefined });
      expect(await put(notice('a', 'one'))).toEqual([false]);
      expect((await ledger.sources.tallies(source)).delivered).toBe(1);
    });

    test('gives the earliest payload of a conversation, also when others come', async () => {
      await put(notice('a', 'first', { final: true }), notice('a', 'second', { type: 'other' }));
      const { payload } = await world().ledger.inbox.of(world().source, 'a');
      expect(payload?.final).toBe(true);
      await takeAll();
      expect(await bodyOf('a')).toBe('first');
    });

    test('holds bodies of any bytes, and large ones', async () => {
      const body = Buffer.alloc(3 * 1024 * 1024, 7);
      body[17] = 0;
      body[18] = 0xff;
      const digest = createHash('sha256').update(body).digest('hex');
      await put(notice('a', '', { payload: body, digest }));
      const { payload } = await world().ledger.inbox.of(world().source, 'a');
      expect(body.equals(payload?.body ?? new Uint8Array())).toBe(true);
    });

    test('makes what was seen before its end due, and what is planned for later earlier', async () => {
      const { see, due, ledger, source } = world();
      await see('active', { ended: false, due: NOW + HOUR });
      await see('later', { due: NOW + HOUR });
      await put(notice('active', '1'), notice('later', '2'));
      await takeAll();
      expect((await due()).sort()).toEqual(['active', 'later']);
      expect((await ledger.conversations.get(source, 'active'))?.endedAt).toBe(NOW - 1_000);
      expect(await ledger.sources.tallies(source)).toMatchObject({ active: 0, due: 2 });
    });

    test('plans what is not to be worked off yet, and puts off nothing', async () => {
      const { see, ledger, source } = world();
      await see('sooner', { due: NOW + 1 });
      await put(notice('new', '1', { payload: undefined }), notice('sooner', '2', { payload: undefined }));
      await takeAll(NOW + HOUR);
      expect((await ledger.conversations.get(source, 'new'))?.dueAt).toBe(NOW + HOUR);
      expect((await ledger.conversations.get(source, 'sooner'))?.dueAt).toBe(NOW + 1);
    });

    test('leaves what has failed its pause, unless a payload has come', async () => {
      const { see, record, due, source } = world();
      const failed = { kind: 'postponed', due: NOW + HOUR, attempts: 2, reason: 'no' } as const;
      for (const id of ['hinted', 'told']) {
        await see(id);
        await record({ source, id, ...failed });
      }
      await put(notice('hinted', '1', { payload: undefined }), notice('told', '2'));
      await takeAll();
      expect(await due()).toEqual(['told']);
    });

    test('leaves alone what was delivered, and looks earlier where a look is planned', async () => {
      const { see, deliver, due, ledger, source } = world();
      for (const id of ['done', 'looked at']) await see(id);
      await deliver('done');
      await deliver('looked at', { due: NOW + HOUR });
      await put(notice('done', '1'), notice('looked at', '2'));
      await takeAll();
      expect(await due()).toEqual(['looked at']);
      expect(await bodyOf('done')).toBeUndefined();
      expect(await ledger.sources.tallies(source)).toMatchObject({ delivered: 2, due: 0 });
    });

    test('takes up again what had nothing in it, where a payload has come', async () => {
      const { see, record, due, state, ledger, source } = world();
      for (const id of ['empty', 'gone', 'gone and hinted', 'dead']) await see(id);
      await record({ source, id: 'empty', kind: 'empty', reason: 'nothing' });
      await record({ source, id: 'gone', kind: 'gone', reason: 'unknown' });
      await record({ source, id: 'gone and hinted', kind: 'gone', reason: 'unknown' });
      await record({ source, id: 'dead', kind: 'dead', reason: 'never' });
      await put(notice('empty', '1'), notice('gone', '2'), notice('dead', '3'));
      await put(notice('gone and hinted', '4', { payload: undefined }));
      await takeAll();
      expect((await due()).sort()).toEqual(['empty', 'gone']);
      expect([await state('gone and hinted'), await state('dead')]).toEqual(['gone', 'dead']);
      // Whoever retries it needs it.
      expect(await bodyOf('dead')).toBe('3');
      expect(await ledger.conversations.get(source, 'empty')).toMatchObject({
        attempts: 0,
        reason: undefined,
      });
    });

    test('does not take up what retention has left only the count of', async () => {
      const { see, deliver, due, ledger, source } = world();
      await see('a');
      await deliver('a');
      expect(await ledger.conversations.forget(source, NOW + 1, 10)).toBe(1);
      await put(notice('a', 'one'));
      await takeAll();
      expect(await due()).toEqual([]);
      expect(await bodyOf('a')).toBeUndefined();
    });

    test('forgets the payload of what is taken without a reason to work it off', async () => {
      await put(notice('a', 'one'));
      await takeAll('never');
      expect([await bodyOf('a'), await world().due()]).toEqual([undefined, []]);
    });

    test('forgets with a conversation what was told of it', async () => {
      const { see, record, ledger, source } = world();
      await see('a');
      await put(notice('a', 'one'));
      await takeAll();
      const considered = await latestOf('a');
      await record({ source, id: 'a', kind: 'dead', reason: 'never', considered });
      expect(await bodyOf('a')).toBe('one');
      await ledger.conversations.forget(source, NOW + 1, 10);
      expect(await bodyOf('a')).toBeUndefined();
    });
  });

  test('a source that is forgotten takes what was told of it along', async () => {
    const { ledger, source } = world();
    await put(notice('a', 'one'), notice(undefined, '{'));
    await takeAll();
    await ledger.sources.forget(source);
    const again = await ledger.source('elevenlabs', 'elevenlabs');
    expect(await ledger.inbox.of(again, 'a')).toEqual({ latest: 0 });
    expect(await ledger.inbox.put([notice('a', 'one', { source: again })], NOW)).toEqual([true]);
  });

  describe('a settlement', () => {
    test('that considered the payload forgets it where there was nothing in it', async () => {
      const { record, due, state, source } = world();
      await put(notice('a', 'one'));
      await takeAll();
      const considered = await latestOf('a');
      await record({ source, id: 'a', kind: 'empty', reason: 'nothing', considered });
      expect([await bodyOf('a'), await state('a'), await due()]).toEqual([undefined, 'empty', []]);
    });

    test('that did not consider what has come meanwhile leaves the conversation due', async () => {
      const { see, record, due, source } = world();
      const settlements = [
        { kind: 'empty', reason: 'nothing' },
        { kind: 'gone', reason: 'unknown' },
        { kind: 'dead', reason: 'never' },
        { kind: 'postponed', due: NOW + HOUR, attempts: 0, reason: 'soon' },
      ] as const;
      for (const [index, settlement] of settlements.entries()) {
        const id = `c${index}`;
        await see(id);
        await put(notice(id, id));
        await takeAll();
        await record({ source, id, ...settlement, considered: (await latestOf(id)) - 1 });
        expect(await bodyOf(id)).toBe(id);
      }
      expect((await due()).sort()).toEqual(['c0', 'c1', 'c2', 'c3']);
    });

    test('that puts a conversation off keeps its payload, and its plan where nothing has come', async () => {
      const { record, due, source } = world();
      await put(notice('a', 'one'));
      await takeAll();
      const considered = await latestOf('a');
      await record({
        source,
        id: 'a',
        kind: 'postponed',
        due: NOW + 5,
        attempts: 1,
        reason: 'no',
        considered,
      });
      expect([await bodyOf('a'), await due(), await due(NOW + 5)]).toEqual(['one', [], ['a']]);
    });

    test('that fails with others changes nothing in the inbox', async () => {
      const { record, source } = world();
      await put(notice('a', 'one'));
      await takeAll();
      const nothing = { kind: 'empty', reason: 'nothing', source } as const;
      const considered = await latestOf('a');
      await expect(
        record({ id: 'a', ...nothing, considered }, { id: 'unknown', ...nothing }),
      ).rejects.toThrow();
      expect(await bodyOf('a')).toBe('one');
    });
  });

  test('what the inbox need not remember any more goes, and what it needs stays', async () => {
    const { ledger, source } = world();
    await put(notice('needed', '1'), notice('done', '2', { payload: undefined }), notice(undefined, '{'));
    await takeAll();
    expect((await ledger.inbox.depth(source)).payloads).toBe(1);
    await ledger.inbox.tidy({ taken: NOW, unreadable: NOW });
    expect(await put(notice('done', '2'), notice(undefined, '{'))).toEqual([false, false]);
    await ledger.inbox.tidy({ taken: NOW + 1, unreadable: NOW + 1 });
    expect(await bodyOf('needed')).toBe('1');
    expect(await put(notice('needed', '1'), notice('done', '2'), notice(undefined, '{'))).toEqual([
      false,
      true,
      true,
    ]);
    await ledger.inbox.scrub();
  });
}
