import { type Mutant, mutantsOf } from './mutant.ts';

const ATTRIBUTES = 'vendors/tavus/attributes.test.ts';
const END = 'vendors/tavus/end.test.ts';
const IDENTITY = 'vendors/tavus/identity.test.ts';
const READINESS = 'vendors/tavus/readiness.test.ts';
const TIMING = 'vendors/tavus/timing.test.ts';
const TYPED = 'vendors/tavus/typed.test.ts';
const WAITS = 'vendors/tavus/waits.test.ts';
const NEVER = 'privacy/never.test.ts';

export const TAVUS_MUTANTS: readonly Mutant[] = [
  ...mutantsOf(
    'vendors/tavus/payload.ts',
    [IDENTITY],
    [
      [
        'identical events are one',
        'before === undefined || compare(before, event) !== 0',
        'before !== event',
      ],
      [
        'events of one type and time stand by their properties',
        'compareText(textOf(one), textOf(other));',
        '0;',
      ],
    ],
  ),
  ...mutantsOf(
    'vendors/tavus/payload.ts',
    [ATTRIBUTES, TIMING, NEVER],
    [
      ['the pal before the persona', "'pal_id', 'persona_id'", "'persona_id', 'pal_id'"],
      ['a replica is an agent', "    case 'replica':\n", ''],
      [
        'arguments do not depend on the order of keys',
        'canonicalJson(value);\n}\n\n/** ISO',
        'JSON.stringify(value);\n}\n\n/** ISO',
      ],
      ['the room is never exported', '    payload.conversation_url,\n', ''],
    ],
  ),
  ...mutantsOf(
    'vendors/tavus/transcript.ts',
    [TIMING],
    [
      [
        'the first entry with both gives the base',
        'at: timestamp - offset, exact: true',
        'at: timestamp, exact: true',
      ],
      ['without one the first timestamp is the base', 'at: first ?? frame.joined', 'at: frame.joined'],
      [
        'without a duration an entry ends where the next starts',
        'later(start, nextStart ?? close)',
        'later(start, close)',
      ],
      [
        'the next entry is one that makes a span',
        'if (isTurn[index] && starts[index] !== undefined)',
        'if (starts[index] !== undefined)',
      ],
      [
        'a transcript outside is shifted to the join',
        '(frame.joined ?? frame.created) - first',
        'frame.created - first',
      ],
      ['one entry inside is enough', 'first === undefined || inside ? 0n', 'first === undefined ? 0n'],
      ['untimed entries are 1 ms apart', 'cursor + MILLISECOND', 'cursor'],
      ['untimed entries never pass the next timed start', 'earlier(wanted, nextStart)', 'wanted'],
      ['a shifted time is estimated', "if (shift !== 0n) return 'estimated';", ''],
      ['an echo is no call', 'filter((call) => !isEcho(call.id, ids))', 'filter(() => true)'],
      [
        'an entry that only calls tools is a turn',
        '(entry.content !== undefined || calls.length > 0)',
        'entry.content !== undefined',
      ],
    ],
  ),
  ...mutantsOf(
    'vendors/tavus/turns.ts',
    [WAITS],
    [
      [
        'a wait counts from the end of the words',
        'length: reply.start - asked.end }',
        'length: reply.start - asked.start }',
      ],
      ['a wait’s bar begins at the end of the words', '{ from: asked.end, to', '{ from: asked.start, to'],
      [
        'a second reply ends no wait',
        "return speakerOf(timed) === 'user' ? timed : undefined;",
        "if (speakerOf(timed) === 'user') return timed;",
      ],
      [
        'no wait without a duration',
        'if (!asked.hasEnd || !asked.timed || !reply.timed)',
        'if (!asked.timed || !reply.timed)',
      ],
      [
        'dots are silence, in a wait',
        'if (timed && hasSpoken(timed)) return',
        'if (timed?.entry.content) return',
      ],
      [
        'dots are silence, in dead air',
        'if (!hasSpoken(timed)) continue;',
        'if (!timed.entry.content) continue;',
      ],
      ['dots interrupt nobody', ' && timed.timed && hasSpoken(timed)', ' && timed.timed'],
      [
        'an overlap makes no wait',
        'gap && gap.length < 0n ? measured(-gap.length)',
        'gap && gap.length < 0n ? measured(gap.length)',
      ],
      [
        'a day is no gap',
        'gap !== undefined && measured(gap.length) !== undefined;',
        'gap !== undefined && gap.length >= 0n;',
      ],
      ['5 s are unanswered', 'secondsToNanos(5)', 'secondsToNanos(6)'],
      ['5 s exactly', 'silence >= UNANSWERED', 'silence > UNANSWERED'],
      [
        'a wait is measured before clamping',
        'within(to, start, frame.end), length, phases',
        'within(to, start, frame.end), length: within(to, start, frame.end) - start, phases',
      ],
      [
        'an interruption begins before the end',
        'next.timed.start < reply.end;',
        'next.timed.start <= reply.end;',
      ],
      [
        'nothing is said of a reply without an end',
        'if (!reply.timed || !reply.hasEnd) return undefined;',
        'if (!reply.timed) return undefined;',
      ],
    ],
  ),
  ...mutantsOf(
    'vendors/tavus/turns.ts',
    [TYPED],
    [
      [
        'what began before the reply is an overlap',
        'if (asked.start > reply.start && isOneTurn',
        'if (asked.end > reply.start && isOneTurn',
      ],
      [
        'typed words are overlapped by nothing',
        'if (asked.start > reply.start && isOneTurn(asked, reply)) return undefined;',
        '',
      ],
      [
        'typed words interrupt nothing',
        'next.index > place || !isOneTurn(next.timed, reply)',
        'next !== undefined',
      ],
      ['only what came before in the list does not', 'next.index > place || ', ''],
      ['without an inference nothing is one turn', 'asked.entry.inferenceId !== undefined && ', ''],
      [
        'what was not measured is told',
        '...(asked && !isWait && overlap === undefined ? { unmeasured: true } : {}),',
        '',
      ],
      ['an overlap is known', 'asked && !isWait && overlap === undefined', 'asked && !isWait'],
      [
        'who ends the call answers',
        'if (timed.calls.some(({ name }) => concludes(name))) return undefined;',
        '',
      ],
    ],
  ),
  ...mutantsOf(
    'vendors/tavus/turns.ts',
    [TIMING],
    [
      [
        'a tool lasts until its last result',
        'if (toolCallId.endsWith(RESULT_SUFFIX))',
        'if (toolCallId === RESULT_SUFFIX)',
      ],
      [
        'turns are clamped to the conversation',
        'const from = within(start, frame.start, frame.end);',
        'const from = start;',
      ],
      [
        'an untimed tool is estimated',
        "length === undefined || caller.timing === 'estimated'",
        "caller.timing === 'estimated'",
      ],
    ],
  ),
  ...mutantsOf(
    'vendors/tavus/conversation.ts',
    [END],
    [
      [
        'the first shutdown counts',
        'events.find((event) => event.type === SHUTDOWN);',
        'events.findLast((event) => event.type === SHUTDOWN);',
      ],
      [
        'the last transcript with entries counts',
        'transcripts.findLast((entries) => entries.length > 0)',
        'transcripts.at(-1)',
      ],
      [
        'a transcript may be 15 min late',
        'time <= shutdown + TRANSCRIPT_PATIENCE',
        'time < shutdown + TRANSCRIPT_PATIENCE',
      ],
      ['a late artefact ends nothing', "return type.startsWith('system.');", 'return true;'],
      [
        'no duration without a shutdown',
        "duration === undefined ? 'derived' : 'measured',\n    outcome",
        "'measured',\n    outcome",
      ],
      [
        'no_user comes before time_limit',
        "if (!userSpoke && (had.transcript || !had.joined || absent)) return 'no_user';\n  if (reason?.name === 'max_call_duration') return 'time_limit';",
        "if (reason?.name === 'max_call_duration') return 'time_limit';\n  if (!userSpoke && (had.transcript || !had.joined || absent)) return 'no_user';",
      ],
      ['an absent participant is no user', '!had.joined || absent', '!had.joined'],
      ['a known reason completes', "reason?.known ? 'completed' : 'unknown'", "'completed'"],
      [
        'free text goes only with content',
        'reason.known && !reason.freeText ? plain',
        'reason.known ? plain',
      ],
      [
        'events stand inside the conversation',
        'time === undefined ? end : within(time, start, end)',
        'time ?? end',
      ],
      ['the joined event is no event of its own', '!JOINED.includes(type) && ', ''],
      [
        'no join is measured without a creation',
        "length === undefined ? 'derived' : 'measured',\n    ...(length",
        "'measured',\n    ...(length",
      ],
    ],
  ),
  ...mutantsOf(
    'vendors/tavus/conversation.ts',
    [IDENTITY, ATTRIBUTES],
    [
      [
        'an event’s key is its time',
        'key: time === undefined ? String(count) :',
        'key: count < 1e9 ? String(count) :',
      ],
      [
        'attributes stand in one order',
        'Object.entries(properties).sort(([one], [other]) => compareText(one, other))',
        'Object.entries(properties)',
      ],
      ['numbers stay numbers', 'plain ?? asText', 'asText'],
    ],
  ),
  ...mutantsOf(
    'vendors/tavus/conversation.ts',
    [WAITS],
    [
      ['the end of a timeout is no silence', " && reason?.name !== 'participant_left_timeout'", ''],
      ['a guessed end is no silence', 'endIsHeard: shutdown?.time !== undefined &&', 'endIsHeard:'],
    ],
  ),
  ...mutantsOf(
    'vendors/tavus/conversation.ts',
    [TYPED],
    [
      [
        'an empty transcript tells that nobody spoke',
        'Array.isArray(properties.transcript)',
        'Array.isArray(properties.transcript) && properties.transcript.length > 1',
      ],
      ['a transcript has to be there', ' && Array.isArray(properties.transcript)', ''],
      [
        'one that is too late tells nothing',
        'type === TRANSCRIPT && inTime(time, shutdown) && Array',
        'type === TRANSCRIPT && Array',
      ],
    ],
  ),
  ...mutantsOf(
    'vendors/tavus/reason.ts',
    [END],
    [
      ['the suffix is no part of the reason', ".replace(/ reached$/, '')", ''],
      ['an internal error is a failure', "  'internal_error',\n]);\n\n/**", ']);\n\n/**'],
      ['the reason may stand on the conversation', ' ?? topLevel', ''],
    ],
  ),
  ...mutantsOf(
    'vendors/tavus/readiness.ts',
    [READINESS],
    [
      ['the settle time counts from the shutdown', 'now, shutdown, settle,', 'now, 1n, settle,'],
      ['a shutdown that lies years ahead is none', ' || moment > now + DAY', ''],
      [
        'perception closes the settle time',
        "if (events.some((event) => PERCEPTION.includes(event.type))) return { kind: 'ready' };",
        '',
      ],
      [
        'only what ended is exported without a shutdown',
        "if (payload.status !== 'ended')",
        "if (payload.status === 'never')",
      ],
      [
        'no event, nothing to export',
        "waited.kind === 'pending' || events.length > 0",
        "waited.kind === 'ready'",
      ],
    ],
  ),
];
