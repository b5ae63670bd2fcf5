import { type Mutant, mutantsOf } from './mutant.ts';

const IDENTITY = 'trace/identity.test.ts';
const REDACTION = 'trace/redaction.test.ts';
const TIME = 'trace/time.test.ts';
const NEVER = 'privacy/never.test.ts';
const CONTENT = 'vendors/elevenlabs/content.test.ts';
const TAVUS = 'vendors/tavus/attributes.test.ts';
const TAVUS_IDENTITY = 'vendors/tavus/identity.test.ts';
const TAVUS_WAITS = 'vendors/tavus/waits.test.ts';

export const SHARED_MUTANTS: readonly Mutant[] = [
  ...mutantsOf(
    'time.ts',
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
      ['ids have so many digits', "'hex').slice(0, 16)", "'hex').slice(0, 15)"],
    ],
  ),
  ...mutantsOf(
    'trace/tree.ts',
    [IDENTITY, TAVUS_IDENTITY],
    [
      ['ordinals count siblings of one name', 'seen.set(child.name, count + 1);', ''],
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
        "if (secret !== '') clean = clean.replaceAll(secret, REDACTED);",
        'if (secret === clean) clean = REDACTED;',
      ],
      ['rooms leave', 'ROOM.test(url) || ', ''],
      ['named fields leave', '.filter(([key]) => !neverExported(key))', ''],
      ['keys leave', '.replace(KEY, REDACTED)', ''],
    ],
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
      ['bytes are base64', 'BASE64.test(bytesValue) ? { bytesValue } : undefined', '{ bytesValue }'],
      ['inner fields are never exported either', ' || neverExported(member.key)', ''],
    ],
  ),
  ...mutantsOf(
    'trace/describe.ts',
    [TAVUS, TAVUS_WAITS],
    [
      [
        'content needs to be asked for',
        "this.#settings.content === 'none' ? plain : { ...plain, ...content }",
        '{ ...plain, ...content }',
      ],
      [
        'messages need to be asked for',
        "if (this.#settings.content !== 'none') this.#put(attributes, key, text());",
        'this.#put(attributes, key, text());',
      ],
      [
        'the prompt has its own switch',
        'this.#settings.systemPrompt ? conversation.instructions : []',
        'conversation.instructions',
      ],
      [
        'an unanswered user is told',
        'this.#put(attributes, TURN.UNANSWERED, turn.silence === undefined ? undefined : true);',
        '',
      ],
      [
        'a user turn is no model call',
        'const attributes = this.common(PHASE.USER_SPEECH, turn.agent);',
        "const attributes = this.common(PHASE.USER_SPEECH, turn.agent); this.#put(attributes, 'gen_ai.operation.name', 'chat');",
      ],
      ['the source is told', 'this.#put(attributes, CALLSPAN.SOURCE, this.#settings.source);', ''],
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
        "conversation.provider === 'tavus'",
        "conversation.provider === 'elevenlabs'",
      ],
      ['only what was measured is talk', "spoken.some((turn) => turn.timing !== 'measured')", 'false'],
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
    [TAVUS_WAITS, TAVUS_IDENTITY],
    [
      [
        'a user after the agent opens an exchange',
        "speaker === 'user' && speakers[index - 1] === 'agent'",
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
