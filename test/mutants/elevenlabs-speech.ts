import { type Mutant, mutantsOf } from './mutant.ts';

/** Who waited, on what, what ran, and what was read of it. */
const FOLDER = 'vendors/elevenlabs';
const JOIN = `${FOLDER}/join.test.ts`;
const OUTCOME = `${FOLDER}/outcome.test.ts`;
const PROTOBUF_JSON = `${FOLDER}/protobuf-json.test.ts`;
const THREADS = `${FOLDER}/threads.test.ts`;
const TIMING = `${FOLDER}/timing.test.ts`;
const TREE = `${FOLDER}/tree.test.ts`;
const WAITS = `${FOLDER}/waits.test.ts`;
const WORKFLOW = `${FOLDER}/workflow.test.ts`;

export const ELEVENLABS_SPEECH_MUTANTS: readonly Mutant[] = [
  ...mutantsOf(
    `${FOLDER}/timeline.ts`,
    [WAITS, TIMING],
    [
      ['8 s are unanswered', 'secondsToNanos(8)', 'secondsToNanos(7)'],
      ['a backchannel is no speech', 'if (isBackchannel(entry)) return false;', ''],
      ['a backchannel is no turn', 'isBackchannel(entry) ? undefined : entry.speaker', 'entry.speaker'],
      [
        'blanked texts are no silence',
        'if (said || isKnown) return hasWords(said);',
        'return hasWords(said);',
      ],
      [
        'spans that have texts are silent without',
        'entry.row === undefined ? known.spanTexts : known.texts',
        'entry.row === undefined ? false : known.texts',
      ],
      [
        'a wait ends at words',
        "if (entry.speaker === 'agent') silent.push(entry);\n      return undefined;",
        "if (entry.speaker === 'agent') silent.push(entry);",
      ],
      [
        'a wait ends once',
        "since = entry.speaker === 'user' ? entry : undefined;",
        "since = entry.speaker === 'user' ? entry : since;",
      ],
      [
        'silent rows are those since the user spoke',
        '    silent = [];\n    return ended;',
        '    return ended;',
      ],
      ['dots end no silence', 'if (speaks || one.concludes) next = entry;', 'next = entry;'],
      ['who ends the call answers', 'if (speaks || one.concludes) next', 'if (speaks) next'],
      [
        'only the vendor’s own tools end a call',
        "return type === 'system' && concludes(name)",
        'return concludes(name)',
      ],
      ['what failed has not ended it', 'concludes(name) && isDone(result)', 'concludes(name)'],
      ['text chats have no stamps of the user', 'if (frame.isTyped || row?.isTyped) return undefined;', ''],
      ['nor have typed words in a call', 'frame.isTyped || row?.isTyped', 'frame.isTyped'],
      ['silence counts from the second', 'node.stampedStart ?? node.start', 'node.start'],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/wait.ts`,
    [TIMING, WAITS],
    [
      [
        'a wait ends where the agent starts',
        'const wanted = reply.node.start - length;',
        'const wanted = reply.node.start;',
      ],
      [
        'no wait begins before the conversation',
        'wanted < conversationStart ? conversationStart : wanted',
        'wanted',
      ],
      ['a wait is never shortened', 'const end = start + length;', 'const end = reply.node.start;'],
      ['asr is the user’s', "['asr', metric(since, ASR)]", "['asr', metric(reply, ASR)]"],
      ['phases are laid end to end', '    const from = at;\n', '    const from = start;\n'],
      ['phases are clipped', 'earlier(at + length, end)', 'at + length'],
      ['silent rows explain', '    ...silent.flatMap((entry) => spentSilently(entry, reply)),\n', ''],
      [
        'a request for tools is measured to its end',
        'metric(entry, LLM_TOOL_REQUEST) ?? metric(entry, LLM)',
        'metric(entry, LLM)',
      ],
      [
        'else by its first token',
        'metric(entry, LLM_TOOL_REQUEST) ?? metric(entry, LLM)',
        'metric(entry, LLM_TOOL_REQUEST)',
      ],
      ['the longest tool is waited for', 'lengths.reduce(later)', 'lengths[0]'],
      [
        'nobody waits for what comes after',
        'answeredAt === undefined || answeredAt <= last',
        'answeredAt !== last + 0.5',
      ],
      [
        'a sentence begins with its first token',
        'measured(sentence - (metric(reply, LLM) ?? 0n))',
        'sentence',
      ],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/turns.ts`,
    [WAITS],
    [
      [
        'what was not measured is told',
        'ended !== undefined && wait === undefined ? { unmeasured: true } : {}',
        'undefined',
      ],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/join.ts`,
    [WAITS],
    [
      [
        'rows without a span are there',
        'entries.push(turn?.row === row ? turn : entryOf(row));',
        'if (turn?.row === row) entries.push(turn);',
      ],
      [
        'but not guessed at',
        'return row !== undefined && row.index > before;',
        'return row?.index !== before;',
      ],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/tools.ts`,
    [JOIN, WORKFLOW],
    [
      [
        'only the client’s tools are functions',
        "type: (call?.type ?? result?.type) === 'client' ? 'function' : 'extension'",
        "type: (call?.type ?? result?.type) === 'client' ? 'extension' : 'function'",
      ],
      [
        'error types are few',
        "word.length <= 64\n    ? word\n    : 'tool_error'",
        'word.length <= 64\n    ? word\n    : word',
      ],
      ['blocked is blocked', "if (result?.isBlocked) return 'blocked';", ''],
      [
        'what was not made is blocked',
        "if (!failed) return wasMade ? undefined : 'blocked';",
        'if (!failed) return undefined;',
      ],
      [
        'and has no duration',
        '  const length = wasMade\n    ? (result',
        '  const length = call\n    ? (result',
      ],
      [
        'the result knows better',
        '(result?.wasCalled ?? call?.wasCalled) !== false',
        '(call?.wasCalled ?? result?.wasCalled) !== false',
      ],
      [
        'a step that has a result was made',
        'call.wasCalled !== false : !result.isBlocked',
        'call.wasCalled !== false : call.wasCalled !== false',
      ],
      ['steps follow each other', 'at = from + (length ?? 0n);', ''],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/tool-payload.ts`,
    [WORKFLOW],
    [
      ['only workflows have steps', "return type === 'workflow';", 'return true;'],
      [
        'a workflow is known by its name',
        'name !== undefined && /^(?:notify',
        'name === undefined && /^(?:notify',
      ],
      [
        'the text is as good as the structure',
        'return stepsOf(result.result_value, result, depth);',
        'return [];',
      ],
      [
        'a request that nothing answered is a call',
        '...open.map((call) => ({ call, result: undefined }))',
        '',
      ],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/payload.ts`,
    [THREADS, OUTCOME],
    [
      [
        'no row is later than its conversation',
        'time !== undefined && time <= longest ? time',
        'time !== undefined ? time',
      ],
      ['a thread has rows of other days', 'later(duration ?? 0n, DAY)', 'DAY'],
      ['a year is no length', 'length <= LONGEST ? length : undefined', 'length'],
      [
        'a deleted transcript tells nothing',
        ' &&\n      asObject(metadata.deletion_settings).deleted_transcript_at_time_unix_secs == null',
        '',
      ],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/tree.ts`,
    [THREADS, TREE],
    [['a thread lasts for days', 'frame.length < DAY ? DAY : frame.length + DAY', 'DAY']],
  ),
  ...mutantsOf(
    `${FOLDER}/protobuf-json.ts`,
    [PROTOBUF_JSON],
    [
      ['ids in base64', "return Buffer.from(digits, 'base64').toString('hex');", 'return id;'],
      ['ids of so many bytes', 'if (digits.length !== Math.ceil((bytes * 4) / 3)) return id;', ''],
      ['codes by name', "change(status, 'code', (code) => numberOf(code, STATUS_CODES))", 'status'],
      ['kinds by name', "read = change(read, 'kind', (kind) => numberOf(kind, SPAN_KINDS));", ''],
      ['of two the known one', 'name === key || !Object.hasOwn(value, name)', 'true'],
      ['values in lists', "if ('arrayValue' in named)", "if ('never' in named)"],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/conversation.ts`,
    [OUTCOME],
    [
      [
        'a backchannel is no word of the user',
        '!row.backchannel && hasWords(row.message)',
        'hasWords(row.message)',
      ],
      [
        'the root knows the status too',
        'payload.status ?? attributeText(root.vendor, ATTRIBUTE.STATUS)',
        'payload.status',
      ],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/drift.ts`,
    [OUTCOME],
    [
      [
        'an unread trace is told',
        'if (spans.length === 0 && isUnread(payload.otlpTraces))',
        'if (spans.length === 1)',
      ],
    ],
  ),
];
