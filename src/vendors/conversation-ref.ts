import { LAST_MOMENT } from '../time/nanos.ts';
import { checkedId } from './conversation-id.ts';
import type { ConversationRef } from './vendor.ts';

/** No vendor is older, in unix milliseconds: what lies before was never set, or is damage. */
const EARLIEST = Date.UTC(2000, 0);
const LATEST = Number(LAST_MOMENT / 1_000_000n);

/** `millis` as a whole number of unix milliseconds; undefined where it is none of the years 2000 to 2199. */
export function checkedMoment(millis: number | undefined): number | undefined {
  if (millis === undefined || !(millis >= EARLIEST && millis <= LATEST)) return undefined;
  return Math.round(millis);
}

/** A row of a list as nobody can be harmed by: without times that are none. @returns undefined where its id is none. */
export function checkedRef<Ref extends ConversationRef>(ref: Ref): Ref | undefined {
  if (checkedId(ref.id) === undefined) return undefined;
  const { startedAt, endedAt, ...rest } = ref;
  const start = checkedMoment(startedAt);
  const end = checkedMoment(endedAt);
  if (start === startedAt && end === endedAt) return ref;
  return {
    ...rest,
    ...(start === undefined ? {} : { startedAt: start }),
    ...(end === undefined ? {} : { endedAt: end }),
  } as Ref;
}
