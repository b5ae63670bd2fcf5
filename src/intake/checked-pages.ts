import { checkedRef } from '../vendors/conversation-ref.ts';
import type { Page } from '../vendors/vendor.ts';

/** Pages, one after the other, that show just what the one before them showed: the list stands still. */
const MOST_REPEATS = 100;
/** Ten million conversations at a hundred a page. */
const MOST_PAGES = 100_000;

const ENDLESS = 'list without an end';

/**
 * The pages of a list, whatever the vendor's folder makes of it: a row with an id that is none costs itself and not
 * its page, times that are none are absent, a list that goes on for ever ends, and a stop is noticed between pages.
 */
export async function* checkedPages(pages: AsyncIterable<Page>, signal: AbortSignal): AsyncGenerator<Page> {
  let count = 0;
  let repeats = 0;
  let before = '';
  for await (const page of pages) {
    signal.throwIfAborted();
    const shown = page.refs.map(({ id }) => String(id)).join('\n');
    repeats = shown !== '' && shown === before ? repeats + 1 : 0;
    before = shown;
    yield checked(page);
    if (++count >= MOST_PAGES || repeats >= MOST_REPEATS) {
      // What comes after is not known: the next sweep has to look again.
      yield { refs: [], partial: true, drift: [ENDLESS] };
      return;
    }
  }
}

function checked(page: Page): Page {
  const refs = page.refs.flatMap((ref) => checkedRef(ref) ?? []);
  const lost = page.refs.length - refs.length;
  if (lost === 0) return { ...page, refs };
  const drift = [...(page.drift ?? []), ...Array<string>(lost).fill('list row whose id is none')];
  return { ...page, refs, drift };
}
