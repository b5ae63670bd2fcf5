import { type Mutant, mutantsOf } from './mutant.ts';

const HOSTILE = 'show/hostile.test.ts';
const PRINTABLE = 'show/printable.test.ts';
const VIEW = 'show/view.test.ts';
const CAPTURE = 'capture/capture.test.ts';
const LOG = 'telemetry/log.test.ts';

/** What a person sees: on a screen, on a page, in a capture. */
export const SHOWN_MUTANTS: readonly Mutant[] = [
  ...mutantsOf(
    'show/printable.ts',
    [PRINTABLE],
    [
      ['controls are written out', '[\\p{Cc}\\p{Cs}', '[\\p{Cs}'],
      ['halves of characters are written out', '\\p{Cc}\\p{Cs}', '\\p{Cc}'],
      [
        'what is not to be seen is written out, overrides of direction too',
        '\\p{Default_Ignorable_Code_Point}',
        '',
      ],
      ['what joins letters stays', '(?!\\u200c|\\u200d|', '(?!'],
      ['a text is one line', "replace(BREAKS, ' ')", "replace(BREAKS, '\\n')"],
      [
        'JSON keeps its own line breaks',
        "character === '\\n' ? character :",
        "character === ' ' ? character :",
      ],
      ['JSON reads back as the same value', "padStart(4, '0')", "padStart(2, '0')"],
      ['keys are printable too', '[printable(key), printableValue(member)]', '[key, printableValue(member)]'],
    ],
  ),
  ...mutantsOf(
    'show/span-reader.ts',
    [HOSTILE],
    [
      [
        'texts of a view are printable',
        'text === undefined ? undefined : printable(text)',
        'text === undefined ? undefined : text',
      ],
    ],
  ),
  ...mutantsOf(
    'show/view.ts',
    [HOSTILE, VIEW],
    [
      ['names of spans are printable', 'const name = printable(span.name)', 'const name = span.name'],
      ['the trace id is printable', 'traceId: printable(span.traceId)', 'traceId: span.traceId'],
      ['siblings stand by their start', 'one.start < other.start ? -1', 'one.start < other.start ? 1'],
      ['rounding is not unexplained', 'const LEAST_UNEXPLAINED = 0.05', 'const LEAST_UNEXPLAINED = 0.005'],
      ['only a wait is unexplained', '!== PHASE.RESPONSE_LATENCY', '=== PHASE.RESPONSE_LATENCY'],
      ['a backchannel is called one', "return 'backchannel'", 'return undefined'],
    ],
  ),
  ...mutantsOf(
    'show/notes.ts',
    [VIEW],
    [
      ['a wait within the user’s bar is said to be right', 'row.start < userEnd', 'row.start > userEnd'],
      ['waits that were not measured are said', 'if (unmeasured > 0)', 'if (unmeasured > 5)'],
      ['one wait is one', 'unmeasured === 1 ?', 'unmeasured === 2 ?'],
    ],
  ),
  ...mutantsOf(
    'show/totals.ts',
    [VIEW],
    [
      [
        'that every wait was measured is no news',
        '=== CALLSPAN.WAITS_UNMEASURED && value === 0',
        '=== "" && value === 0',
      ],
    ],
  ),
  ...mutantsOf(
    'show/page.ts',
    [HOSTILE, VIEW],
    [
      [
        'the open end of a wait is its end',
        'const wanted = row.end - BigInt',
        'const wanted = row.start + BigInt',
      ],
      [
        'the policy names the script by its hash',
        `script-src \${hashOf(PAGE_SCRIPT)}`,
        "script-src 'unsafe-inline'",
      ],
      ['the policy names the style by its hash', `style-src \${hashOf(style)}`, "style-src 'unsafe-inline'"],
      ['markup is escaped', ".replaceAll('<', '&lt;')", ''],
    ],
  ),
  ...mutantsOf(
    'capture/capture.ts',
    [CAPTURE],
    [
      [
        'names that the vendor did not give are disguised',
        '!userNamed && this.#known.keys(name)',
        '!userNamed',
      ],
      ['what such a name holds is disguised', "isKnown ? name : '', depth + 1", 'name, depth + 1'],
      ['no name takes the place of another', 'taken.has(unique) || this', 'this'],
      ['ids within a text are a customer’s', '(this.#texts === 0 || CALL_ID.test(field))', 'true'],
      ['calls find their results within a text', '|| CALL_ID.test(field))', ')'],
      [
        'names of spans that the vendor did not give are disguised',
        'vendorTools.has(own) ? own : this.#disguise(own)',
        'vendorTools.has(own) ? own : own',
      ],
      [
        'a moment is one only where one is expected',
        'timing(field) && (ISO_TIME.test(text) ||',
        '(ISO_TIME.test(text) || timing(field) &&',
      ],
    ],
  ),
  ...mutantsOf(
    'telemetry/log.ts',
    [LOG],
    [
      [
        'a line in a pipe is printable',
        'isTerminal ? printableLine : printableJson',
        'isTerminal ? printableLine : String',
      ],
      [
        'a line on a terminal is printable',
        'isTerminal ? printableLine : printableJson',
        'isTerminal ? String : printableJson',
      ],
    ],
  ),
];
