/**
 * What must not reach a screen as it came: controls (C0, DEL, C1), line and paragraph separators, halves of surrogate
 * pairs, bidirectional controls, and whatever else is not to be seen (tags, fillers, annotations). What joins letters
 * and emoji stays: without it many a name is spelled wrong.
 */
const HARMFUL =
  /(?!\u200c|\u200d|[\u180b-\u180d\u180f\ufe00-\ufe0f\u{e0100}-\u{e01ef}])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

/** Tab, line feeds, carriage return, and the separators: what stands for white space. */
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/**
 * A text from outside (a name, an id, what a vendor answered) as one line that steers no terminal, reorders no sentence
 * and hides nothing: breaks become spaces, whatever else is harmful is written out, such as `\u{1b}`. Everything that
 * is printed goes through here: terminal, page, log, progress, errors.
 */
export function printable(text: string): string {
  return text.replace(BREAKS, ' ').replace(HARMFUL, (character) => `\\u{${hex(character)}}`);
}

/** JSON that reads back as the same values, in which nothing harmful stands as it came; its own line breaks stay. */
export function printableJson(json: string): string {
  return json.replace(HARMFUL, (character) =>
    character === '\n' ? character : [...units(character)].map((unit) => `\\u${unit}`).join(''),
  );
}

/** `value` with every text in it printable, keys too: for readers that print what they have parsed. */
export function printableValue(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(printableValue);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [printable(key), printableValue(member)]),
  );
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}

/** The UTF-16 units of a character, four hex digits each: JSON has no other way to write it out. */
function* units(character: string): Generator<string> {
  for (let index = 0; index < character.length; index++) {
    yield character.charCodeAt(index).toString(16).padStart(4, '0');
  }
}
