import { type Mutant, mutantsOf } from './mutant.ts';

const FOLDER = 'vendors/elevenlabs';
const ATTRIBUTES = `${FOLDER}/attributes.test.ts`;
const CONTENT = `${FOLDER}/content.test.ts`;
const FROM_TRANSCRIPT = `${FOLDER}/from-transcript.test.ts`;
const IDENTITY = `${FOLDER}/identity.test.ts`;
const JOIN = `${FOLDER}/join.test.ts`;
const FREE_CALLS = `${FOLDER}/free-calls.test.ts`;
const LITERAL = `${FOLDER}/python-literal.test.ts`;
const OUTCOME = `${FOLDER}/outcome.test.ts`;
const TIMING = `${FOLDER}/timing.test.ts`;
const TREE = `${FOLDER}/tree.test.ts`;

export const ELEVENLABS_MUTANTS: readonly Mutant[] = [
  ...mutantsOf(
    `${FOLDER}/conversation.ts`,
    [IDENTITY],
    [
      ['the root’s trace id counts', 'root.vendor?.traceId ??\n', 'undefined ??\n'],
      ['the least valid trace id counts', 'traceId < least', 'traceId > least'],
      [
        'a derived trace id where there is none',
        "derivedTraceId('elevenlabs', id)",
        "derivedTraceId('tavus', id)",
      ],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/order.ts`,
    [TREE],
    [
      ['the index orders only if all have one', 'siblings.every(', 'siblings.some('],
      ['the index orders', '(turnIndex(one) ?? 0) - (turnIndex(other) ?? 0) : 0', '0 : 0'],
      [
        'attributes before names',
        'compareText(attributesText(one), attributesText(other)) ||\n    compareText(one.name, other.name)',
        'compareText(one.name, other.name) ||\n    compareText(attributesText(one), attributesText(other))',
      ],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/tree.ts`,
    [TREE, TIMING],
    [
      ['the root is parentless', 'parentless.length > 0 ? parentless : named', 'named'],
      ['the first root counts', 'compareNodes(node, least) < 0', 'compareNodes(node, least) > 0'],
      [
        'members of a cycle hang under the root',
        'inCycle.has(span) ? undefined : parentOf(span)',
        'parentOf(span) === span ? undefined : parentOf(span)',
      ],
      [
        'of two with one id the first is the parent',
        'compareDuplicates(span, known) < 0',
        'compareDuplicates(span, known) > 0',
      ],
      ['a day off is no time', 'time > middle - reach && time < middle + reach', 'time > 0n'],
      [
        'the k-th turn starts k µs later',
        'delays.set(stamped, before * MICROSECOND)',
        'delays.set(stamped, MICROSECOND)',
      ],
      [
        'what did not start with it stays',
        'const delay = delays.get(stamped) ?? 0n;',
        'const delay = [...delays.values()].at(-1) ?? 0n;',
      ],
      ['only turns are put apart', 'if (isTurnName(node.name)) {', 'if (node !== root) {'],
      ['a made root begins with the metadata', 'starts(frame.start) ??', 'undefined ??'],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/join.ts`,
    [JOIN],
    [
      [
        'the index counts what is no row',
        'rows.map((row) => [row.index, row])',
        'rows.map((row, index) => [index, row])',
      ],
      ['the n-th only where the counts are equal', 'ofRole.length === spans.length', 'true'],
      ['the role has to fit', 'row?.role === roleOf(node) ? row', 'row ? row'],
      [
        'equal parameters first',
        'if (params !== undefined) note(node,',
        'if (params === undefined) note(node,',
      ],
      ['a result never comes before its call', 'last.row >= fromRow', 'true'],
      [
        'the last result counts',
        'if (result.requestId !== undefined) this',
        'if (result.requestId !== undefined && !this.#byRequest.has(result.requestId)) this',
      ],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/free-calls.ts`,
    [JOIN, FREE_CALLS],
    [
      ['cut-off parameters are equal', 'if (params.length < CUT_OFF) return', 'return'],
      [
        'names have to fit',
        'function keyOf(name: string, params: string): string {',
        "function keyOf(_: string, params: string): string { const name = '';",
      ],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/turns.ts`,
    [TIMING, ATTRIBUTES, JOIN, OUTCOME],
    [
      [
        'the flag before the dots',
        "row?.interrupted ?? (said ? said.trimEnd().endsWith('...') : undefined)",
        "(said ? said.trimEnd().endsWith('...') : undefined)",
      ],
      [
        'a transfer changes who holds',
        'row?.agentId !== undefined && row.agentId !== holder.id',
        'row?.agentId === holder.id',
      ],
      [
        'usage is merged number by number',
        'row === undefined ? usage : mergeUsage(usage, row.usage)',
        'usage.size > 0 ? usage : (row?.usage ?? usage)',
      ],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/usage.ts`,
    [JOIN, LITERAL],
    [
      ['input has the cache in it', 'plus(categories.input?.tokens, cacheRead)', 'categories.input?.tokens'],
      ['models have dots', "rest.lastIndexOf('.')", "rest.indexOf('.')"],
      ['only numbers are usage', "(typeof value !== 'number' && value !== null)", 'false'],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/python-literal.ts`,
    [LITERAL],
    [
      ['no key comes twice', ' || members.has(String(key))', ''],
      ['nothing follows a literal', 'if (this.#at !== this.#text.length) throw new NotALiteral();', ''],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/conversation.ts`,
    [OUTCOME, ATTRIBUTES, JOIN, FROM_TRANSCRIPT],
    [
      ['failed comes first', "if (status === 'failed' || failed) return 'failed';\n", ''],
      ['nobody spoke', "if (hasTranscript && !userSpoke) return 'no_user';", ''],
      ['done completes', "status === 'done' ? 'completed'", "status !== 'done' ? 'completed'"],
      [
        'charging before the sum',
        'payload.llmPrice ?? sum(turns.map((turn) => turn.costUsd))',
        'sum(turns.map((turn) => turn.costUsd))',
      ],
      ['the version before the branch', 'payload.versionId ??\n', 'payload.branchId ??\n'],
      ['labels are few', "LABELS.includes(result) ? result : 'other'", 'result'],
      [
        'a made root is measured only by metadata',
        'root.vendor !== undefined && !root.vendor.made',
        'root.vendor !== undefined',
      ],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/decorate.ts`,
    [OUTCOME, ATTRIBUTES, TIMING, FROM_TRANSCRIPT],
    [
      ['an unknown span is an event', 'node.describe = isMade(node) ? made : own;', ''],
      [
        'the vendor’s kind is kept',
        'kind >= 1 && kind <= 5) return kind',
        'kind >= 1 && kind <= 9) return kind',
      ],
      ['timing only of what callspan made', 'node.vendor === undefined || node.vendor.made', 'true'],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/decorate.ts`,
    [JOIN],
    [['a failed tool is an error', 'if (tool.error !== undefined) node.error = {};', '']],
  ),
  ...mutantsOf(
    `${FOLDER}/emit.ts`,
    [CONTENT, IDENTITY, OUTCOME],
    [
      ['an allow-list, not a block-list', ': is.isAllowed(value)', ': !is.isPrivate'],
      ['what is removed is counted', 'return countObjects(raw.attributes) - kept;', 'return 0;'],
      ['a status message is content', 'const message = this.#full ?', 'const message = true ?'],
      [
        'unknown fields are content',
        '...(this.#full ? { ...contextFields(raw)',
        '...(!this.#full ? { ...contextFields(raw)',
      ],
      [
        'events are content',
        'this.#full ? objects(vendor.raw.events)',
        'given >= 0 ? objects(vendor.raw.events)',
      ],
      [
        'links are content',
        'this.#full ? objects(vendor.raw.links)',
        'given >= 0 ? objects(vendor.raw.links)',
      ],
      [
        'the vendor’s keys stay',
        "if (!is.key.startsWith('elevenlabs.')) taken = (taken ?? new Set()).add(is.key);",
        '',
      ],
      [
        'made spans are in their own scope',
        'const own = this.#scopeIn(this.#resourceOf(home), OWN_SCOPE);',
        'const own = this.#scopeOf(home);',
      ],
      [
        'made spans are in the root’s resource',
        'placed.find(({ node }) => node.vendor)?.node',
        'placed.findLast(({ node }) => node.vendor)?.node',
      ],
      [
        'what may leave is redacted too',
        'this.#clean = (said) => describer.clean(said);',
        'this.#clean = (said) => (this.#full ? describer.clean(said) : said);',
      ],
      [
        'trace state is text',
        "typeof traceState === 'string' ? { traceState } : {}",
        'traceState === undefined ? {} : { traceState: traceState as string }',
      ],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/attributes.ts`,
    [CONTENT, OUTCOME],
    [
      [
        'numbers are numbers',
        "NUMBERS.has(key) || key.startsWith('elevenlabs.metric.')) return isNumber;",
        "NUMBERS.has(key) || key.startsWith('elevenlabs.metric.')) return () => true;",
      ],
      ['usage is numbers', '&& isMetered(value.stringValue)', ''],
      [
        'a reason is known as a whole',
        '/^client disconnected(?:: \\d{4})?\\.?$/i',
        '/^client disconnected/i',
      ],
      ['user ids stay in', "'elevenlabs.source',\n", "'elevenlabs.source',\n  'elevenlabs.user_id',\n"],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/from-transcript.ts`,
    [FROM_TRANSCRIPT],
    [
      ['a turn ends where the next starts', 'end: starts[index + 1] ?? end', 'end'],
      ['a tool lasts its latency', 'start + (result?.length ?? 0n)', 'start'],
      ['ended in order is no error', "=== 'client_disconnect';", "!== 'client_disconnect';"],
      [
        'a row without a time stands where the one before does',
        'if (time !== undefined) at = start + time;',
        'at = start + (time ?? 0n);',
      ],
      ['numbers of variables stay', 'text(value) ?? finite(value) ?? flag(value)', 'text(value)'],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/translate.ts`,
    [FROM_TRANSCRIPT, OUTCOME],
    [
      ['a failed one gets its root', '(payload.rows.length === 0 && !failed)', 'payload.rows.length === 0'],
      ['a made root of a failed one is an error', 'if (!root.vendor && failed) root.error = {};', ''],
    ],
  ),
  ...mutantsOf(
    `${FOLDER}/reason.ts`,
    [OUTCOME],
    [
      ['a transfer is one', "  [/transfer/i, 'transferred'],\n", ''],
      ['silence is a timeout', '/silence|inactiv|idle/i', '/inactiv|idle/i'],
      ['a guardrail’s name may be any word', "  [/guardrail/i, 'guardrail'],\n", ''],
      [
        'a variable’s name may be any word',
        "  [/missing (?:required )?(?:dynamic )?variables?/i, 'missing_variables'],\n",
        '',
      ],
      ['1001 is a close in order', 'code === 1000 || code === 1001 ?', 'code === 1000 ?'],
      [
        'a failure wins over the words of the end',
        '[said, told].find((name) => name !== undefined && FAILURES.has(name))',
        'said',
      ],
      ['who vanished has hung up', 'new Set([1000, 1001, 1005, 1006])', 'new Set([1000, 1001])'],
      [
        'words that say enough win over the code',
        'if (told !== undefined && !VAGUE.has(told)) return false;',
        '',
      ],
      [
        'unknown words of an error are a failure',
        "code === undefined ? told === 'other' :",
        'code === undefined ? false :',
      ],
    ],
  ),
];
