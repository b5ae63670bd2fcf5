import { CALLSPAN, PHASE } from '../trace/semconv.ts';
import type { SpanReader } from './span-reader.ts';
import type { ViewRow } from './view.ts';

/** What a person who reads the rows would take for a fault, or would not notice, in a sentence each. */
export function notesOf(root: SpanReader, rows: readonly ViewRow[]): string[] {
  const notes: string[] = [];
  if (overlapsSpeech(rows)) {
    notes.push(
      'A wait that begins within the user’s bar is right: the vendor gives whole seconds for when somebody spoke, and measures the wait itself.',
    );
  }
  const unmeasured = root.number(CALLSPAN.WAITS_UNMEASURED) ?? 0;
  if (unmeasured > 0) {
    const waits = unmeasured === 1 ? '1 wait' : `${unmeasured} waits`;
    notes.push(
      `${waits} could not be measured: the payload does not tell when the user stopped or how long it took.`,
    );
  }
  if (rows.some((row) => row.phase === UNEXPLAINED)) {
    notes.push('“unexplained” is the part of a wait for which the vendor measured nothing.');
  }
  return notes;
}

/** The phase of a row that no span stands behind: what the phases of a wait leave open. */
export const UNEXPLAINED = 'unexplained';

function overlapsSpeech(rows: readonly ViewRow[]): boolean {
  let userEnd: bigint | undefined;
  for (const row of rows) {
    if (row.phase === PHASE.USER_SPEECH) userEnd = row.end;
    if (row.phase === PHASE.RESPONSE_LATENCY && userEnd !== undefined && row.start < userEnd) return true;
  }
  return false;
}
