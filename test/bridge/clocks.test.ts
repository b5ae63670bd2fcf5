import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Clocks } from '../../src/bridge/clocks.ts';
import type { Ledger } from '../../src/ledger/contract.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { ledgerFolder } from './simulation.ts';
import { VirtualClock } from './virtual-clock.ts';
import { recordingLog } from './world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('what a clock an hour ahead has planned', () => {
  let folder: Awaited<ReturnType<typeof ledgerFolder>>;
  let ledger: Ledger;
  let id: number;
  let clock: VirtualClock;
  let setBack: number[];

  beforeEach(async () => {
    folder = await ledgerFolder();
    ledger = await openLedger(`${folder.path}/callspan.db`);
    id = await ledger.source('voice', 'elevenlabs');
    clock = new VirtualClock();
    setBack = [];
  });

  afterEach(async () => {
    await ledger.close();
    await folder.remove();
  });

  function begins(): Clocks {
    const source = { clockTrouble: undefined } as never;
    const { log } = recordingLog();
    const onSetBack = (millis: number) => setBack.push(millis);
    return new Clocks({ source, id, ledger, pollInterval: MINUTE, clock, log, onSetBack });
  }

  async function plan(conversation: string): Promise<void> {
    const due = clock.now() + 10 * MINUTE;
    const sighting = { id: conversation, ended: true, startedAt: clock.now(), endedAt: clock.now(), due };
    await ledger.conversations.see(id, [sighting], clock.now());
  }

  test('is due in time once the clock is right, although it was killed before its first poll ended', async () => {
    clock.set(HOUR);
    await begins().begin(500);
    await plan('conv_1');

    clock.set(-HOUR);
    await begins().begin(500);
    expect(await ledger.conversations.nextDue(id)).toBeLessThanOrEqual(clock.now() + 10 * MINUTE);
    expect(setBack).toHaveLength(1);
  });

  test('is due in time where it had polled', async () => {
    clock.set(HOUR);
    await begins().begin(500);
    await ledger.sources.polled(id, { at: clock.now(), next: clock.now() + MINUTE, error: undefined });
    await plan('conv_1');

    clock.set(-HOUR);
    await begins().mendPlans();
    expect(await ledger.conversations.nextDue(id)).toBe(clock.now() + 10 * MINUTE);
    expect(setBack).toEqual([HOUR]);
  });

  test('stays as it is where the clock is right, at every start and after pauses for the vendor', async () => {
    for (let starts = 0; starts < 3; starts++) {
      await begins().begin(500);
      await plan(`conv_${starts}`);
    }
    // And where it was polled once an hour before.
    await ledger.sources.polled(id, { at: clock.now(), next: clock.now() + HOUR, error: 'away' });
    await begins().begin(500);
    expect(await ledger.conversations.nextDue(id)).toBe(clock.now() + 10 * MINUTE);
    expect(setBack).toEqual([]);
  });
});
