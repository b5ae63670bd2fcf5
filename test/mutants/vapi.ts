import { type Mutant, mutantsOf } from './mutant.ts';

const LIST = 'vendors/vapi/list.test.ts';
const KEPT = 'vendors/vapi/kept.test.ts';
const READINESS = 'vendors/vapi/readiness.test.ts';
const REASON = 'vendors/vapi/reason.test.ts';
const ROWS = 'vendors/vapi/rows.test.ts';
const UNREADABLE = 'vendors/vapi/unreadable.test.ts';
const WAITS = 'vendors/vapi/waits.test.ts';
const WEBHOOK = 'vendors/vapi/webhook.test.ts';

export const VAPI_MUTANTS: readonly Mutant[] = [
  ...mutantsOf(
    'vendors/vapi/waits.ts',
    [WAITS],
    [
      ['as many latencies as answers', 'latencies.length === answered.length &&', 'latencies.length > 0 &&'],
      [
        'no latency is longer than what went by',
        'answered.every((one, index) => isPossible(one, latencies[index]?.length))',
        'answered.length >= 0',
      ],
      ['the clocks of both sides differ', '250n * MILLISECOND', '0n'],
      ['without a place they count', '{ waits: lengths, phases }', '{ waits: [], phases }'],
      ['beside them bars do not', 'isAligned || lengths.length === 0', 'true'],
      ['a wait by rows is an estimate', "...(isEstimated ? { timing: 'estimated' } : {}),", ''],
      [
        'a wait counts from the end of the words',
        '(agentWentOnUntil ?? asked.end);',
        '(agentWentOnUntil ?? asked.start);',
      ],
      ['an assistant that goes on was not stopped', ' > asked.end + GOES_ON;', ' > asked.end;'],
      [
        'nobody waits while it speaks',
        'agentWentOnUntil > reply.start) return',
        'agentWentOnUntil < reply.start) return',
      ],
      [
        'no gap is longer than the call',
        'return gap > longest || -gap > longest ? undefined : gap;',
        'return gap;',
      ],
      ['no wait without an end of the words', 'if (!asked.hasEnd || ', 'if ('],
      [
        'a second reply ends no wait',
        "asked = kind === 'user' ? timed : undefined;",
        "asked = kind === 'user' ? timed : asked;",
      ],
      ['tools come before the voice', 'voice < 0 ? parts.length : voice, 0', 'parts.length, 0'],
    ],
  ),
  ...mutantsOf(
    'vendors/vapi/performance.ts',
    [WAITS],
    [
      ['nothing was not measured', 'return length === 0n ? undefined : length;', 'return length;'],
      [
        'what cannot be read has its place',
        'turnLatencies.map((one) => readLatency(asObject(one)))',
        'turnLatencies.filter((one) => one !== null).map((one) => readLatency(asObject(one)))',
      ],
      [
        'endpointing is turn detection',
        "['endpointingLatency', 'turn_detection']",
        "['endpointingLatency', 'asr']",
      ],
      [
        'the names read backwards',
        'const { turnLatencies, numAssistantInterrupted } = asObject(metrics);',
        'const { turnLatencies, numUserInterrupted: numAssistantInterrupted } = asObject(metrics);',
      ],
    ],
  ),
  ...mutantsOf(
    'vendors/vapi/tools.ts',
    [WAITS, ROWS],
    [
      [
        'nobody waits for what came later',
        'answer === undefined || answer.start > moment',
        'answer === undefined',
      ],
      ['a hand-over answers', "'transferCall', ", ''],
      ['null is no error', ' && error !== null', ''],
      ['unsuccessful is failed', 'success === false || ', ''],
    ],
  ),
  ...mutantsOf(
    'vendors/vapi/moments.ts',
    [ROWS],
    [
      [
        'a duration is in milliseconds',
        'seconds !== undefined && seconds <= row ? seconds : millis',
        'seconds ?? millis',
      ],
      ['and in seconds in old rows', 'seconds !== undefined && seconds <= row ? seconds : millis', 'millis'],
    ],
  ),
  ...mutantsOf(
    'time/nanos.ts',
    [ROWS],
    [
      [
        'moments have fractions',
        '(secondsToNanos(value) + 500n) / 1_000n',
        '(secondsToNanos(Math.round(value)) + 500n) / 1_000n',
      ],
    ],
  ),
  ...mutantsOf(
    'vendors/vapi/timeline.ts',
    [ROWS],
    [
      ['the agent’s clock gives the base', "both.find(({ kind }) => kind === 'agent') ?? both[0]", 'both[0]'],
      [
        'an end is told, not computed',
        'const end = row.end ??',
        'const end = (row.speech === undefined ? row.end : start + row.speech) ??',
      ],
      ['untimed rows are 1 ms apart', 'cursor + MILLISECOND', 'cursor'],
    ],
  ),
  ...mutantsOf(
    'vendors/vapi/turns.ts',
    [WAITS],
    [
      ['5 s are unanswered', 'secondsToNanos(5)', 'secondsToNanos(6)'],
      ['5 s exactly', 'silence >= UNANSWERED', 'silence > UNANSWERED'],
      [
        'none was interrupted where none is counted',
        'if (count === 0) found.set(timed, false);',
        'if (count === -1) found.set(timed, false);',
      ],
      [
        'nobody waits in a chat',
        'payload.textOnly\n    ? NO_WAITS',
        'payload.rows.length < 0\n    ? NO_WAITS',
      ],
    ],
  ),
  ...mutantsOf(
    'vendors/vapi/reason.ts',
    [REASON],
    [
      ['only the vendor’s words are known', ' && VENDORS_WORDS.test(reason)', ''],
      ['a hang-up answers', 'const answers = !failure && ANSWERS.test(reason);', 'const answers = false;'],
      ['a hand-over that failed does not', '!failure && ANSWERS', 'ANSWERS'],
      ['a shutdown is a failure', '|^worker-shutdown', ''],
      ['the fault’s kind is its family', '(?:vapi|provider|config)fault', '(?:vapi|provider)fault'],
    ],
  ),
  ...mutantsOf(
    'vendors/vapi/conversation.ts',
    [REASON, WAITS, READINESS, UNREADABLE],
    [
      [
        'what is told by rows is older than its creation',
        '?? firstTime(payload) ??',
        '?? payload.createdAt ??',
      ],
      [
        'an end that cannot be one is none',
        'payload.startedAt === undefined || duration !== undefined ? payload.endedAt : undefined',
        'payload.endedAt',
      ],
      ['what has no time stands where it was heard of', '?? seenAt ??', '??'],
      ['an unknown reason goes with content only', 'reason?.known ?? false', 'true'],
      [
        'latencies tell that somebody spoke',
        'payload.rows.length === 0 && payload.performance.latencies.length > 0',
        'payload.rows.length < 0',
      ],
      ['nobody knows who spoke where nothing is kept', 'payload.hasRows || !payload.hasStarted', 'true'],
    ],
  ),
  ...mutantsOf(
    'vendors/vapi/read-payload.ts',
    [READINESS],
    [
      ['an analysis is the end of it', '!payload.analysis.isThere && ', ''],
      ['what was never there settles after its last change', '[endedAt, updatedAt, createdAt]', '[endedAt]'],
    ],
  ),
  ...mutantsOf(
    'vendors/vapi/payload.ts',
    [READINESS, ROWS, UNREADABLE],
    [
      ['a report says that it has ended', "return { ...merged, status: 'ended',", 'return { ...merged,'],
      ['a squad is held by its first', 'if (own === undefined && first !== undefined) return first;', ''],
      [
        'an end that nobody can read is one',
        "call.endedAt != null && call.endedAt !== ''",
        'isoMoment(call.endedAt) !== undefined',
      ],
      ['the fuller list is read', 'Array.isArray(list) && list.length > 0', 'Array.isArray(list)'],
    ],
  ),
  ...mutantsOf(
    'vendors/vapi/list.ts',
    [LIST],
    [
      ['a full page is not all', 'if (rows.length < size) {', 'if (rows.length <= size) {'],
      ['a call is shown once', "!seen.has(idOf(row) ?? '')", "idOf(row) !== ''"],
      [
        'a window that is not kept to is told',
        "yield { ...page, partial: true, drift: [...page.drift, 'list that does not",
        "yield { ...page, drift: [...page.drift, 'list that does not",
      ],
      [
        'one moment is asked for as a whole',
        'else yield* walkMillisecond(client, by, window, seen, signal);',
        '',
      ],
      ['what is too large is asked for in parts', '|| size === 1) throw error;', '|| size > 0) throw error;'],
    ],
  ),
  ...mutantsOf(
    'vendors/vapi/kept.ts',
    [KEPT],
    [
      [
        'what was read goes first',
        'this.#done.size > 0 ? this.#done.keys() : this.#unread.keys()',
        'this.#unread.keys()',
      ],
      ['what was read is not kept again', 'if (this.#read.get(id) === version) return;', ''],
      ['one may not cost the others theirs', 'text.length > this.#most / 4', 'text.length > this.#most'],
      ['what is shown again is known until then', 'entries.set(id, { ...known, listedAt });', ''],
    ],
  ),
  ...mutantsOf(
    'vendors/vapi/webhook.ts',
    [WEBHOOK],
    [
      [
        'a wrong signature is not made good by a secret',
        'if (signature !== undefined) return',
        'if (signature === undefined) return',
      ],
      ['an old signature proves nothing', 'if (late !== undefined) return refusedVerification(late);', ''],
      ['Bearer is no part of it', "?.replace(/^bearer\\s+/i, '')", ''],
      ['nothing more comes', "holds: 'payload', terminal: true,", "holds: 'payload',"],
    ],
  ),
];
