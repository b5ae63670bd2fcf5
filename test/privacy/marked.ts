/** Payloads in which everything that may not leave is marked, so that a search of the export finds what did. */

/** What no one says by chance. */
const MARKER = 'zq7marker';
/** The same as a number: its digits are found in an export whatever it was written as. */
const MARKER_NUMBER = 771_883_099_551;

type Json = Record<string, unknown>;

/** One value of every JSON type, each with a marker in it. */
function news(): Json {
  return {
    new_text: MARKER,
    new_number: MARKER_NUMBER,
    new_float: MARKER_NUMBER + 0.5,
    new_truth: true,
    new_null: null,
    new_list: [MARKER, MARKER_NUMBER, { [`inner_${MARKER}`]: MARKER }],
    new_object: { [`key_${MARKER}`]: MARKER, nested: { number: MARKER_NUMBER } },
    [`key_${MARKER}`]: 1,
  };
}

/** The same as attributes of OTLP, in every type that they may have. */
function newAttributes(): Json[] {
  const values: Json[] = [
    { stringValue: MARKER },
    { intValue: MARKER_NUMBER },
    { intValue: String(MARKER_NUMBER) },
    { doubleValue: MARKER_NUMBER + 0.5 },
    { boolValue: true },
    { bytesValue: Buffer.from(MARKER).toString('base64') },
    { arrayValue: { values: [{ stringValue: MARKER }, { intValue: MARKER_NUMBER }] } },
    { kvlistValue: { values: [{ key: MARKER, value: { stringValue: MARKER } }] } },
  ];
  const prefixes = [
    MARKER,
    `elevenlabs.${MARKER}`,
    `elevenlabs.dynamic_variable.${MARKER}`,
    `gen_ai.${MARKER}`,
  ];
  return prefixes.flatMap((prefix) => values.map((value, index) => ({ key: `${prefix}.${index}`, value })));
}

/** Whether an object is a message of OTLP that has attributes. */
function isOtlp(holder: Json): boolean {
  return Array.isArray(holder.attributes);
}

/** A copy with a field of every type under a new name at every level, and new attributes wherever there are some. */
export function withNews(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNews);
  if (typeof value !== 'object' || value === null) return value;
  const holder = value as Json;
  // An attribute's value is one of a few; another field beside it would make it none.
  if ('stringValue' in holder || 'intValue' in holder || 'doubleValue' in holder || 'boolValue' in holder)
    return holder;
  const copy = Object.fromEntries(Object.entries(holder).map(([key, member]) => [key, withNews(member)]));
  const attributes = isOtlp(holder)
    ? { attributes: [...(copy.attributes as unknown[]), ...newAttributes()] }
    : {};
  const events = isOtlp(holder)
    ? {
        events: [{ name: MARKER, timeUnixNano: '1780000001000000000', attributes: newAttributes() }],
        links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), attributes: newAttributes() }],
      }
    : {};
  return { ...news(), ...copy, ...attributes, ...events };
}

/**
 * A copy in which every text and number is a marker, but for those whose path `isNamed`. What a workflow called stays
 * readable where it is told as JSON in a text.
 */
export function marked(
  value: unknown,
  isNamed: (path: string, value: unknown) => boolean,
  path = '',
): unknown {
  if (Array.isArray(value)) return value.map((member) => marked(member, isNamed, `${path}[]`));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, marked(member, isNamed, `${path}.${key}`)]),
    );
  }
  if (isNamed(path, value)) return value;
  if (typeof value === 'string' && value.startsWith('{"steps":')) {
    return JSON.stringify(marked(JSON.parse(value), isNamed, path));
  }
  // A row of dots and a text that is empty say something of the conversation, and nothing else.
  if (typeof value === 'string') return /[\p{L}\p{N}]/u.test(value) ? MARKER : value;
  return typeof value === 'number' ? MARKER_NUMBER : value;
}

/** Where the markers are found in these bytes, with what stands before them. */
export function found(bytes: string): string[] {
  const forms = [MARKER, String(MARKER_NUMBER), Buffer.from(MARKER).toString('base64')];
  return forms.flatMap((form) => {
    const places: string[] = [];
    for (let at = bytes.indexOf(form); at >= 0; at = bytes.indexOf(form, at + form.length)) {
      places.push(bytes.slice(Math.max(0, at - 80), at + form.length));
    }
    return places;
  });
}
