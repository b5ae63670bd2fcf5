import { type Mutant, mutantsOf } from './mutant.ts';

const CONVERSATION = 'vendors/retell/conversation.test.ts';
const DISCOVERY = 'vendors/retell/discovery.test.ts';
const LIST = 'vendors/retell/list.test.ts';
const SETTLING = 'vendors/settling.test.ts';
const UNREADABLE = 'vendors/retell/unreadable.test.ts';
const WAITS = 'vendors/retell/waits.test.ts';
const WEBHOOK = 'vendors/retell/webhook.test.ts';

export const RETELL_MUTANTS: readonly Mutant[] = [
  ...mutantsOf(
    'vendors/retell/waits.ts',
    [WAITS],
    [
      ['measurements are of waits only where there are as many', 'values.length === count;', 'true;'],
      [
        'nobody waits for longer than since they began to speak',
        'return length <= reply.start - asked.start + INEXACT;',
        'return true;',
      ],
      ['an agent that goes on was not stopped', ' > asked.end + GOES_ON;', ' > asked.end;'],
      [
        'nobody waits while the agent speaks',
        'agentWentOnUntil > reply.start) return',
        'agentWentOnUntil < reply.start) return',
      ],
      ['a guess counts from the last key', 'later(asked.actedUntil,', 'later(asked.end,'],
      [
        'no gap is longer than the call',
        'return gap > length || -gap > length ? undefined : gap;',
        'return gap;',
      ],
      ['and only where they are complete', 'return complete && count > 0', 'return count > 0'],
      ['what has no place counts', 'const waits = isPlaced ? [] : felt;', 'const waits: typeof felt = [];'],
      ['a guess does not count beside it', '...(isMeasured ? { counts: false } : {}),', ''],
      ['a guess is said to be one', "phases: [], timing: 'estimated' }", 'phases: [] }'],
      ['a measured wait ends where the agent is heard', 'heard - length)', 'heard)'],
      [
        'a reply ends the calls that were waited for',
        '      asked = undefined;\n      silent = [];',
        '      asked = undefined;',
      ],
      ['each round of calls is a request', 'silent.length + 1);', '1);'],
      ['a greeting is no request', '&& !(index === 0 && entry.speaks)', ''],
      ['requests are not told apart where others ask', 'if (others.length > 0 || ', 'if ('],
      ['a greeting has a voice', '?? each(latency.tts);', '&& each(latency.tts);'],
      ['the longest of a round was waited for', 'later(most, length)),', 'most),'],
    ],
  ),
  ...mutantsOf(
    'vendors/retell/timeline.ts',
    [WAITS, CONVERSATION],
    [
      [
        'what says that it is no response is none',
        'UNSPOKEN.test(content)) return true;',
        'UNSPOKEN.test(content)) return false;',
      ],
      ['words of no length were not heard', '|| span.start === span.end);', ');'],
      ['words without times were not heard', '(span === undefined || ', '(span !== undefined && '],
      ['what is typed has no times', 'return isTimed && ', 'return '],
      [
        'calls before a result are one round',
        'if (round !== undefined) round.push(placed);',
        'if (round === null) continue;',
      ],
      ['a result ends a round', "      case 'result':\n        round = undefined;", "      case 'result':"],
      ['a graph that goes back was interrupted', 'lastOfAgent.cutOff = true', 'lastOfAgent.cutOff = false'],
    ],
  ),
  ...mutantsOf(
    'vendors/retell/turns.ts',
    [WAITS, CONVERSATION],
    [
      ['whom it was handed to is no turn', "return entry.speaker !== 'other';", 'return true;'],
      ['an overlap is told', 'gap < 0n ? measured(-gap)', 'gap > 0n ? measured(-gap)'],
      ['who comes before does not interrupt', 'if (next.place > at) return true;', 'return true;'],
      ['five seconds are unanswered', 'silence >= UNANSWERED', 'silence < UNANSWERED'],
      [
        'whoever else speaks has answered',
        "if (entry.speaker !== 'user') return undefined;",
        "if (entry.speaker === 'agent') return undefined;",
      ],
      ['a tool that failed is an error', 'result?.successful === false', 'result?.successful === true'],
      [
        'a tool without both times is a guess',
        "length === undefined ? 'estimated' : 'measured',",
        "'measured',",
      ],
    ],
  ),
  ...mutantsOf(
    'vendors/retell/reason.ts',
    [CONVERSATION],
    [
      ['a line that cannot be had is a failure', '|_unavailable$', ''],
      ['a family of errors is known by its name', '/^error_|', '/'],
      ['a call that was handed over was answered', "  'call_transfer',\n", ''],
    ],
  ),
  ...mutantsOf(
    'vendors/retell/conversation.ts',
    [CONVERSATION, UNREADABLE, WAITS],
    [
      ['what has no time stands where it was heard of', '?? seenAt ?? payload.sentAt', '?? payload.sentAt'],
      ['or where its webhook was sent', '?? seenAt ?? payload.sentAt', '?? seenAt'],
      ['what never was is not judged', "payload.status === 'not_connected' ? [] : ", ''],
      [
        'what has no begin ends with its last word',
        'duration ?? timelineOf(rows, 0n).end ?? 0n',
        'duration ?? 0n',
      ],
      [
        'an end that cannot be one is none',
        'if (length !== undefined) return',
        'if (end !== undefined) return',
      ],
      ['nobody waits in a chat', 'textOnly ? NO_WAITS : ', ''],
      ['no transcript says nothing', "(rows !== undefined || status === 'not_connected')", 'true'],
      ['the status says that it failed', " || payload.status === 'error';", ';'],
      ['a hang-up answers', 'told.end !== undefined && reason?.answers !== true', 'told.end !== undefined'],
      ['unknown reasons stay in', '(reason.known ? plain : content)', '(plain)'],
    ],
  ),
  ...mutantsOf(
    'vendors/retell/payload.ts',
    [CONVERSATION, WAITS, UNREADABLE],
    [
      ['an analysis with nothing in it is to come', '.some((value) => value != null);', '.some(() => true);'],
      ['cents are not dollars', 'Math.round(number * 1e7) / 1e9', 'number'],
      ['a sentence is no key', '!/^[a-z0-9][a-z0-9_.-]{0,63}$/i.test(product)', "product === ''"],
      ['the vendor counts too', ' && values.length === counted', ''],
      ['a number is secret', "'from_number', ", ''],
    ],
  ),
  ...mutantsOf(
    'vendors/retell/translate.ts',
    [CONVERSATION],
    [['secrets are cut out of texts', ', ...payload.secrets]', ']']],
  ),
  ...mutantsOf(
    'vendors/retell/read-body.ts',
    [CONVERSATION, UNREADABLE],
    [
      ['an analysis is waited for', 'reading.now < settled)', 'false)'],
      ['and not once it is there', 'if (analysis === undefined && ', 'if ('],
      [
        'an end that nobody can read is one',
        '(payload.hasEnd && !ONGOING',
        '(payload.end !== undefined && !ONGOING',
      ],
    ],
  ),
  ...mutantsOf(
    'vendors/private-texts.ts',
    [CONVERSATION],
    [
      ['a log is secret', 'ur[il]|', ''],
      ['a way into a call is secret', 'secret|token|', 'secret|'],
    ],
  ),
  ...mutantsOf(
    'vendors/settling.ts',
    [CONVERSATION, UNREADABLE, SETTLING],
    [
      [
        'what has no end is waited for since it was heard of',
        '(isHeardOf ? seenAt : undefined)',
        'undefined',
      ],
      ['what was heard of in the future is not waited for', ' && seenAt <= now + settle + INEXACT', ''],
      ['an end that lies years ahead is none', ' && moment <= now + MOST_AHEAD', ''],
    ],
  ),
  ...mutantsOf(
    'vendors/retell/list.ts',
    [LIST],
    [
      ['a page is as far as its middle row', 'starts[starts.length >> 1]', 'starts.at(-1)'],
      [
        'a list that does not say where is partial',
        'if (key === undefined || keys.has(key)) break;',
        'if (key === undefined || keys.has(key)) return;',
      ],
    ],
  ),
  ...mutantsOf(
    'vendors/retell/undated.ts',
    [DISCOVERY],
    [
      ['what was seen is not shown again', 'shown.filter(({ id }) => !before.has(id))', 'shown'],
      [
        'history is left alone',
        'const hasHistory = before.size >= REMEMBERED && last >= 0;',
        'const hasHistory = last < -1;',
      ],
      ['at first the newest are taken', 'undated.slice(0, room) : hasHistory', 'undated : hasHistory'],
      [
        'errors may have no times',
        "['not_connected', 'error'] as const",
        "['not_connected', 'not_connected'] as const",
      ],
    ],
  ),
  ...mutantsOf(
    'vendors/retell/source.ts',
    [DISCOVERY],
    [
      ['it is found by its end', '{ ended: [Math', '{ started: [Math'],
      ['a stretch of the past has nothing undated', '    if (until !== undefined) return;\n', ''],
      [
        'it is listed when it is complete',
        'const settled = analyzed ? undefined : ',
        'const settled = endedAt !== 0 ? undefined : ',
      ],
      ['422 is gone', 'error.status === 422', 'error.status === 423'],
    ],
  ),
  ...mutantsOf(
    'vendors/retell/webhook.ts',
    [WEBHOOK],
    [
      ['the time stands behind the body', '{ after: stamp }', '{ before: stamp }'],
      ['five minutes back', 'past: 300_000', 'past: 3_000_000'],
      ['five minutes ahead', 'future: 300_000', 'future: 3_000_000'],
      ['one time', ' || second !== undefined', ''],
      ['what is not kept is only here', "holds === 'payload' && call.data", 'call.data'],
    ],
  ),
];
