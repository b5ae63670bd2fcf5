/** Elements whose content nobody reads. */
const UNREAD = ['script', 'style', 'noscript', 'template', 'svg', 'head', 'title'];
/** What the few entities of error pages stand for. */
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  gt: '>',
  lt: '<',
  nbsp: ' ',
  quot: '"',
};

/**
 * What a page made for people says: its title, and its text unless that says the same. Not fit to be repeated before
 * somebody has quoted it; empty where the page has no words. Takes time in proportion to the page.
 */
export function pageWords(html: string): string {
  const title = unescaped(elementText(html, 'title'));
  const text = unescaped(visibleText(html));
  if (title === '' || text.startsWith(title)) return text;
  return text === '' ? title : `${title}: ${text}`;
}

function elementText(html: string, name: string): string {
  const start = html.search(new RegExp(`<${name}[\\s>]`, 'i'));
  if (start < 0) return '';
  const from = html.indexOf('>', start) + 1;
  const to = html.indexOf('<', from);
  return from === 0 ? '' : html.slice(from, to < 0 ? undefined : to);
}

/** All that stands between tags, from one to the next: a tag that does not end hides the rest. */
function visibleText(html: string): string {
  const lower = html.toLowerCase();
  const parts: string[] = [];
  let at = 0;
  while (at < html.length) {
    const tag = html.indexOf('<', at);
    if (tag < 0) {
      parts.push(html.slice(at));
      break;
    }
    parts.push(html.slice(at, tag), ' ');
    at = afterTag(lower, tag);
  }
  return parts.join('');
}

function afterTag(lower: string, tag: number): number {
  if (lower.startsWith('<!--', tag)) return after(lower, '-->', tag);
  const name = /^[a-z]+/.exec(lower.slice(tag + 1, tag + 12))?.[0] ?? '';
  if (!UNREAD.includes(name)) return after(lower, '>', tag);
  return after(lower, '>', after(lower, `</${name}`, tag) - 1);
}

function after(text: string, sought: string, from: number): number {
  const found = text.indexOf(sought, from);
  return found < 0 ? text.length : found + sought.length;
}

function unescaped(text: string): string {
  return text
    .replace(
      /&(?:#(\d{1,6})|([a-z]{2,6}));/gi,
      (whole, code: string | undefined, name: string | undefined) =>
        code === undefined
          ? (ENTITIES[(name ?? '').toLowerCase()] ?? whole)
          : String.fromCodePoint(Number(code)),
    )
    .replace(/\s+/g, ' ')
    .trim();
}
