/** The vendors' own are some thirty characters; in UTF-16 units. */
const LONGEST = 200;

/** Controls, what is invisible or turns the direction of writing, halves of characters, separators of lines. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * A conversation's id, fit for a URL's path, a ledger's key, a log line and a file: everything that comes in as one
 * goes through here.
 * @returns `id` as it is; undefined where it cannot be one: no text, empty, longer than 200 characters, `.` or `..`
 * (a URL would leave the path), with a control or invisible character or half of one in it, or with a blank at an end.
 */
export function checkedId(id: unknown): string | undefined {
  if (typeof id !== 'string' || id === '' || id.length > LONGEST) return undefined;
  if (id === '.' || id === '..' || id.trim() !== id) return undefined;
  return UNFIT.test(id) ? undefined : id;
}
