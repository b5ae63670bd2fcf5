import type { Nanos } from '../../conversation.ts';
import { measured, secondsToNanos } from '../../time/nanos.ts';
import { concludes, exchangeNumbers, hasWords } from '../exchange.ts';
import { ATTRIBUTE } from './attributes.ts';
import type { Entry } from './join.ts';
import { attributeText } from './span.ts';

/** Who was heard when, entry by entry: who waited for whom, and who waited in vain. */

/**
 * Rows have one whole second and no end, so an unanswered user is one who hears nothing for five seconds after
 * having spoken for three.
 */
const UNANSWERED = secondsToNanos(8);

export interface Heard {
  readonly entry: Entry;
  readonly number: number;
  readonly said: string | undefined;
  readonly speaks: boolean;
  readonly isBackchannel: boolean;
  /** The agent called what ends the conversation or hands it over. */
  readonly concludes: boolean;
  /** Of an agent's entry that ended a wait: what it ended. */
  readonly ended?: Waited;
  /** Of a user whom nobody answered: for how long. */
  readonly silence?: Nanos;
}

/** Somebody waited: the user spoke since the agent was last heard. */
export interface Waited {
  /** The user's last words. */
  readonly since: Entry;
  /** The agent's entries since then in which nothing was said. */
  readonly silent: readonly Entry[];
}

export interface TimelineFrame {
  readonly start: Nanos;
  readonly end: Nanos;
  /** All of it was typed: the stamps of the user's rows are those of the agent's previous words. */
  readonly isTyped: boolean;
}

/** A conversation's entries, with what each means to who waits. */
export function timeline(entries: readonly Entry[], frame: TimelineFrame): Heard[] {
  const texts = entries.map(textOf);
  const known = { texts: texts.some(Boolean), spanTexts: entries.some((entry) => spanText(entry)) };
  const numbers = exchangeNumbers(entries.map((entry) => (isBackchannel(entry) ? undefined : entry.speaker)));
  const heard = entries.map(
    (entry, index): Heard => ({
      entry,
      number: numbers[index] ?? 1,
      said: texts[index],
      speaks: hasSpoken(entry, texts[index], known),
      isBackchannel: isBackchannel(entry),
      concludes: entry.speaker === 'agent' && entry.tools.some(isConcluding),
    }),
  );
  const silences = silencesIn(heard, frame);
  const ended = waitsIn(heard);
  return heard.map((one, index) => {
    const [waited, silence] = [ended[index], silences[index]];
    return {
      ...one,
      ...(waited === undefined ? {} : { ended: waited }),
      ...(silence === undefined ? {} : { silence }),
    };
  });
}

function textOf(entry: Entry): string | undefined {
  return entry.row?.message ?? spanText(entry);
}

function spanText({ node, speaker }: Entry): string | undefined {
  return attributeText(node?.vendor, speaker === 'user' ? ATTRIBUTE.USER_TEXT : ATTRIBUTE.AGENT_TEXT);
}

function isBackchannel({ row }: Entry): boolean {
  return row?.backchannel === true;
}

/**
 * Where texts are known, one without words is silent. Without a single text (a skeleton, a transcript that was blanked)
 * nothing is known of who was silent, and a turn is a turn.
 */
function hasSpoken(
  entry: Entry,
  said: string | undefined,
  known: { readonly texts: boolean; readonly spanTexts: boolean },
): boolean {
  if (isBackchannel(entry)) return false;
  const isKnown = entry.row === undefined ? known.spanTexts : known.texts;
  if (said || isKnown) return hasWords(said);
  return entry.tools.length === 0 && (entry.row?.toolResults.length ?? 0) === 0;
}

/** Only the vendor's own tools do; a failed one has not. */
function isConcluding({ call, result, node }: Entry['tools'][number]): boolean {
  const type = call?.type ?? result?.type ?? 'system';
  const isDone = (one: typeof result) => !one?.isError && !one?.isBlocked;
  if (type === 'workflow') {
    return (
      result?.steps.some((step) => concludes(step.call.name, true) && step.result && isDone(step.result)) ===
      true
    );
  }
  const name = call?.name ?? attributeText(node?.vendor, ATTRIBUTE.TOOL_NAME) ?? '';
  return type === 'system' && concludes(name) && isDone(result);
}

/** For each entry that the user waited for, since when and through what. */
function waitsIn(heard: readonly Heard[]): (Waited | undefined)[] {
  let since: Entry | undefined;
  let silent: Entry[] = [];
  return heard.map(({ entry, speaks }) => {
    if (!speaks) {
      if (entry.speaker === 'agent') silent.push(entry);
      return undefined;
    }
    const ended = entry.speaker === 'agent' && since !== undefined ? { since, silent } : undefined;
    since = entry.speaker === 'user' ? entry : undefined;
    silent = [];
    return ended;
  });
}

/** From the whole second of the user's row to the next user's row, or to the end, if no agent answered in between. */
function silencesIn(heard: readonly Heard[], frame: TimelineFrame): (Nanos | undefined)[] {
  const silences: (Nanos | undefined)[] = [];
  let next: Entry | undefined;
  for (let index = heard.length - 1; index >= 0; index--) {
    const one = heard[index];
    if (!one) continue;
    const { entry, speaks } = one;
    if (entry.speaker === 'user' && speaks) silences[index] = silenceBetween(entry, next, frame);
    // A row of dots says that nobody spoke: it ends no silence.
    if (speaks || one.concludes) next = entry;
  }
  return silences;
}

function silenceBetween(asked: Entry, next: Entry | undefined, frame: TimelineFrame): Nanos | undefined {
  if (next?.speaker === 'agent') return undefined;
  const from = spokenAt(asked, frame);
  const until = next === undefined ? frame.end : spokenAt(next, frame);
  const silence = from === undefined || until === undefined ? undefined : measured(until - from);
  return silence !== undefined && silence >= UNANSWERED ? silence : undefined;
}

/** Undefined where the stamp is not that of these words. */
function spokenAt({ node, row }: Entry, frame: TimelineFrame): Nanos | undefined {
  if (frame.isTyped || row?.isTyped) return undefined;
  if (node !== undefined) return node.stampedStart ?? node.start;
  return row?.time === undefined ? undefined : frame.start + row.time;
}
