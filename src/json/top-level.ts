/** A key of an object that stands so deep, and the text that it has, as far as it can be told from the beginning of it. */
export interface FoundKey {
  /** 1: of the outermost object. */
  readonly depth: number;
  readonly key: string;
  /** The text that it has; undefined where that is no text, or goes on behind the beginning. */
  readonly text?: string;
}

/**
 * The keys of a JSON text, in their order, as far as its beginning goes: of a body too large to be parsed, or not all
 * here yet. It looks for no faults: what is no JSON has keys that mean nothing.
 * @param start a beginning of the text, in whatever encoding that has ASCII in its place.
 */
export function* keysOf(start: string): Generator<FoundKey> {
  /** Whether each object or list that is open is an object. */
  const open: boolean[] = [];
  let isKey = false;
  for (let at = 0; at < start.length; ) {
    const sign = start[at];
    if (sign === '"') {
      const end = endOfText(start, at);
      if (end === undefined) return;
      if (isKey) {
        const value = textAfter(start, end);
        const found = { depth: open.length, key: start.slice(at + 1, end - 1) };
        yield value === undefined ? found : { ...found, text: value };
      }
      isKey = false;
      at = end;
      continue;
    }
    if (sign === '{' || sign === '[') open.push(sign === '{');
    else if (sign === '}' || sign === ']') open.pop();
    if (sign === '{' || sign === ',') isKey = open.at(-1) === true;
    at++;
  }
}

/** The place behind a text that begins at `at`. */
function endOfText(start: string, at: number): number | undefined {
  for (let end = at + 1; end < start.length; end++) {
    if (start[end] === '\\') end++;
    else if (start[end] === '"') return end + 1;
  }
  return undefined;
}

/** The text behind a colon at `at`. */
function textAfter(start: string, at: number): string | undefined {
  const begin = /^\s*:\s*"/.exec(start.slice(at, at + 64))?.[0].length;
  if (begin === undefined) return undefined;
  const end = endOfText(start, at + begin - 1);
  return end === undefined ? undefined : start.slice(at + begin, end - 1);
}
