import { type Mutant, mutantsOf } from './mutant.ts';

const IDENTITY = 'trace/identity.test.ts';
const REDACTION = 'trace/redaction.test.ts';
const TIME = 'trace/time.test.ts';
const EXCHANGE = 'vendors/exchange.test.ts';
const OBSERVE = 'metrics/observe.test.ts';
const SPEECH = 'vendors/elevenlabs/waits.test.ts';
const TYPES = 'trace/types.test.ts';
const ENCODERS = 'trace/encode/encoders.test.ts';
const WORKFLOW = 'vendors/elevenlabs/workflow.test.ts';
const NEVER = 'privacy/never.test.ts';
const CONTENT = 'vendors/elevenlabs/content.test.ts';
const TAVUS = 'vendors/tavus/attributes.test.ts';
const TAVUS_IDENTITY = 'vendors/tavus/identity.test.ts';
const TAVUS_WAITS = 'vendors/tavus/waits.test.ts';

export const SHARED_MUTANTS: readonly Mutant[] = [
  ...mutantsOf(
    'time/nanos.ts',
    [TIME],
    [
      ['rounded half up', '+ 5n * 10n ** BigInt(-scale - 1)', ''],
      ['a day is no measurement', 'length >= 0n && length < DAY', 'length >= 0n && length <= DAY'],
      ['without a zone it is UTC', "zone = 'Z'] = match", "zone = '+01:00'] = match"],
      ['all digits count', "fraction.slice(0, 9).padEnd(9, '0')", "fraction.slice(0, 3).padEnd(9, '0')"],
      ['a zone east is subtracted', 'nanos - zoneOffset(zone)', 'nanos + zoneOffset(zone)'],
    ],
  ),
  ...mutantsOf(
    'trace/ids.ts',
    [IDENTITY, TAVUS_IDENTITY],
    [
      ['names are percent-encoded', '/[%/#]/.test(name)', '/[%/]/.test(name)'],
      ['zeros are no id', '/^(?!0{16}$)[0-9a-f]{16}$/', '/^[0-9a-f]{16}$/'],
      ['ids have so many digits', 'return digest.slice(0, 16);', 'return digest.slice(0, 15);'],
    ],
  ),
  ...mutantsOf(
    'trace/tree.ts',
    [IDENTITY, TAVUS_IDENTITY],
    [
      ['ordinals count siblings of one name', 'seen?.set(child.name, count + 1);', ''],
      ['parents grow', 'node.end = later(node.end, child.end);', ''],
      ['a bar lasts a nanosecond', 'child.end = child.start + 1n;', ''],
      ['events have their own ordinal', 'child.ordinal ?? count', 'count'],
    ],
  ),
  ...mutantsOf(
    'trace/redaction.ts',
    [REDACTION, NEVER],
    [
      [
        'secrets leave',
        'const clean = finderOf(secrets).replace(text, REDACTED);',
        'const clean = secrets.includes(text) ? REDACTED : text;',
      ],
      ['rooms leave', 'ROOM.test(url) || ', ''],
      ['named fields leave', '.filter(([key]) => !neverExported(key))', ''],
      ['keys leave', '.replace(KEY, REDACTED)', ''],
    ],
  ),
  ...mutantsOf(
    'trace/describe.ts',
    [NEVER],
    [['a key leaves', 'if (this.clean(key) === key) this.#put', 'this.#put']],
  ),
  ...mutantsOf(
    'vendors/elevenlabs/emit.ts',
    [NEVER],
    [["a vendor's key leaves", ' && this.#clean(is.key) === is.key', '']],
  ),
  ...mutantsOf(
    'trace/otlp-value.ts',
    [NEVER],
    [['an inner key leaves', 'if (text(member.key) !== member.key) return [];', '']],
  ),
  ...mutantsOf(
    'trace/otlp-value.ts',
    [CONTENT],
    [
      [
        'an int64 is one',
        'Number.isSafeInteger(value) ? { intValue: value } : sanitizeDouble(value)',
        '{ intValue: value }',
      ],
      ['bytes are base64', 'isBase64(bytesValue) ? { bytesValue } : undefined', '{ bytesValue }'],
      ['inner fields are never exported either', ' || neverExported(member.key)', ''],
    ],
  ),
  ...mutantsOf(
    'trace/describe.ts',
    [TAVUS, TAVUS_WAITS, TYPES],
    [
      [
        'content needs to be asked for',
        "this.#settings.content === 'none' ? plain : { ...plain, ...content }",
        '{ ...plain, ...content }',
      ],
      [
        'messages need to be asked for',
        "if (this.#settings.content !== 'none') this.#put(sink, key, text());",
        'this.#put(sink, key, text());',
      ],
      [
        'the prompt has its own switch',
        'this.#settings.systemPrompt ? conversation.instructions : []',
        'conversation.instructions',
      ],
      [
        'an unanswered user is told',
        'this.#put(sink, TURN.UNANSWERED, turn.silence === undefined ? undefined : true);',
        '',
      ],
      [
        'a user turn is no model call',
        'this.#putCommon(sink, PHASE.USER_SPEECH, turn.agent);',
        "this.#putCommon(sink, PHASE.USER_SPEECH, turn.agent); this.#put(sink, 'gen_ai.operation.name', 'chat');",
      ],
      ['the source is told', 'this.#put(sink, CALLSPAN.SOURCE, this.#settings.source);', ''],
      ['the true latency is told', 'nanosToSeconds(wait.length)', 'nanosToSeconds(wait.end - wait.start)'],
    ],
  ),
  ...mutantsOf(
    'trace/summary.ts',
    [TAVUS],
    [
      ['slow is longer than two seconds', 'longest > SLOW', 'longest >= SLOW'],
      ['the first wait is the first', 'nanosToSeconds(waits[0])', 'nanosToSeconds(longest)'],
      [
        'Tavus knows of no failed tools',
        '...(conversation.knowsToolErrors',
        '...(!conversation.knowsToolErrors',
      ],
      ['only what was measured is talk', "spoken.some((turn) => turn.timing !== 'measured')", 'false'],
    ],
  ),
  ...mutantsOf(
    'trace/describe.ts',
    [SPEECH],
    [
      ['a backchannel has no number', 'turn.backchannel ? undefined : turn.number', 'turn.number'],
      ['a backchannel is told', 'this.#put(sink, TURN.BACKCHANNEL, turn.backchannel);', ''],
      ['what is not explained is told', 'nanosToSeconds(unexplained(wait))', '0'],
    ],
  ),
  ...mutantsOf(
    'conversation.ts',
    [SPEECH, WORKFLOW, OBSERVE],
    [
      ['nothing is explained twice over', 'return open > 0n ? open : 0n;', 'return open;'],
      ['nested tools are tools', '[tool, ...withNested(tool.nested ?? [])]', '[tool]'],
    ],
  ),
  ...mutantsOf(
    'trace/semconv.ts',
    [TYPES],
    [
      ['money is a double', '(?:seconds|usd)$', '(?:seconds)$'],
      ['metrics of the vendor are doubles', '|\\.metric\\.', ''],
    ],
  ),
  ...mutantsOf(
    'trace/encode/json-encoder.ts',
    [TYPES, ENCODERS],
    [
      ['seconds are doubles', 'whole: isDouble(key) ? double : int', 'whole: int'],
      [
        'a dropped attribute is told',
        'if (droppedAttributes) this.#number(DROPPED_ATTRIBUTES, droppedAttributes);',
        '',
      ],
      ['what is shared begins with a comma', 'this.#hasAttributes = hadAttributes;', ''],
    ],
  ),
  ...mutantsOf(
    'trace/encode/protobuf-encoder.ts',
    [ENCODERS],
    [
      ['seconds are doubles', 'Number.isInteger(value) && !prepared.isDouble', 'Number.isInteger(value)'],
      ['events number their attributes otherwise', 'this.#attributes = EVENT.ATTRIBUTES;', ''],
      ['an error is told', 'if (status !== 0) this.varint(STATUS.CODE, status);', ''],
    ],
  ),
  ...mutantsOf(
    'trace/encode/byte-buffer.ts',
    [ENCODERS],
    [
      ['a long length takes more bytes', 'if (size <= 0x7f) {', 'if (size <= 0xff) {'],
      ['a control character is escaped', 'code < SPACE || ', ''],
      ['a fraction ends with its last digit', 'for (; fraction % 10 === 0; digits--) fraction /= 10;', ''],
    ],
  ),
  ...mutantsOf(
    'trace/encode/encoded-spans.ts',
    [ENCODERS],
    [
      ['spans that do not follow each other are copied one by one', 'if (span?.from !== to) break;', ''],
      ['a chosen span has another place', 'to: to + moved', 'to'],
    ],
  ),
  ...mutantsOf(
    'trace/summary.ts',
    [SPEECH, WORKFLOW],
    [
      ['nested tools fail too', 'withNested(tools)', 'tools'],
      ['what was not measured is counted', 'if (isUnmeasured) unmeasured++;', ''],
    ],
  ),
  ...mutantsOf(
    'trace/nodes.ts',
    [WORKFLOW, SPEECH],
    [
      ['steps are below their workflow', '(tool.nested ?? []).map(', '[].map('],
      ['a failed step is an error', '...(tool.error === undefined ? {} : { error: {} }),', ''],
      ['nobody answers a backchannel', 'if (!turn.backchannel) since.push(turn);', 'since.push(turn);'],
    ],
  ),
  ...mutantsOf(
    'metrics/observe.ts',
    [OBSERVE],
    [
      ['evaluations are counted', "add('callspan.evaluations', judged, ONE);", ''],
      ['by their verdict', 'label === undefined ? named :', 'label !== undefined ? named :'],
      ['nested tools are counted', 'withNested(turn.tools)', 'turn.tools'],
      [
        'a user who hums takes no answer away',
        'if (turn?.speaks) return',
        "if (turn?.speaker === 'user' || turn?.speaks) return",
      ],
      ['who ends the call answers', 'if (turn?.concludes) return turn;', ''],
    ],
  ),
  ...mutantsOf(
    'trace/messages.ts',
    [TAVUS],
    [
      ['a call finishes as one', "turn.tools.length === 0 ? 'stop' : 'tool_call'", "'stop'"],
      ['arguments are an object', '    return JSON.parse(text);\n', '    return text;\n'],
    ],
  ),
  ...mutantsOf('trace/nodes.ts', [TAVUS], [['what was heard is heard once', '      since = [];\n', '']]),
  ...mutantsOf(
    'trace/synthesize.ts',
    [TAVUS, TAVUS_IDENTITY],
    [
      ['the last segment names an event', "type.lastIndexOf('.') + 1", '0'],
      ['the link stands on the root', '...(conversation.link ? { links: [conversation.link] } : {}),', ''],
    ],
  ),
  ...mutantsOf(
    'vendors/exchange.ts',
    [TAVUS_WAITS, TAVUS_IDENTITY, EXCHANGE],
    [
      ['letters of every script are words', '[\\p{L}\\p{N}]/u', '[A-Za-z0-9]/u'],
      ['what is no turn opens no exchange', 'last = speaker ?? last;', 'last = speaker;'],
      ['a step’s transfer concludes nothing', 'transfer_to_(?!agent$)\\w+', 'transfer_to_\\w+'],
      [
        'a user after the agent opens an exchange',
        "speaker === 'user' && last === 'agent'",
        "speaker === 'user'",
      ],
      [
        'an all-zero trace id is no link',
        "version === 'ff' || /^0+$/.test(traceId) ||",
        "version === 'ff' ||",
      ],
      ['a traceparent may follow a hyphen', '(?<![0-9a-f])', '(?<![0-9a-f-])'],
    ],
  ),
];
