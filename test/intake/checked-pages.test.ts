import { expect, test } from 'vitest';
import { checkedPages } from '../../src/intake/checked-pages.ts';
import type { Page } from '../../src/vendors/vendor.ts';

const GOOD = { id: 'good', ended: true } as const;

async function* pagesOf(make: (number: number) => Page | undefined): AsyncGenerator<Page> {
  for (let number = 0; ; number++) {
    const page = make(number);
    if (page === undefined) return;
    yield page;
  }
}

async function read(make: (number: number) => Page | undefined, signal = new AbortController().signal) {
  const pages: Page[] = [];
  for await (const page of checkedPages(pagesOf(make), signal)) pages.push(page);
  return pages;
}

test('a row whose id is none costs itself, and that it was there is told', async () => {
  const bad = ['', '.', '..', 'a\u0000b', 'x'.repeat(1_000_000), 'a\nb', 'half \ud800'];
  const refs = [...bad.map((id) => ({ id, ended: true })), GOOD];
  const [page] = await read((number) => (number === 0 ? { refs, drift: ['status odd'] } : undefined));
  expect(page?.refs).toEqual([GOOD]);
  expect(page?.drift).toEqual(['status odd', ...bad.map(() => 'list row whose id is none')]);
});

test('a row that is no row at all does not stop the others', async () => {
  const refs = [{ id: 5, ended: true }, { ended: true }, GOOD] as unknown as Page['refs'];
  const [page] = await read((number) => (number === 0 ? { refs } : undefined));
  expect(page?.refs).toEqual([GOOD]);
});

test('a list that shows the same page for ever ends, and is known to be partial', async () => {
  const pages = await read(() => ({ refs: [GOOD] }));
  expect(pages.length).toBeLessThan(200);
  expect(pages.at(-1)).toEqual({ refs: [], partial: true, drift: ['list without an end'] });
});

test('empty pages between others are no end: filters and agents leave some empty', async () => {
  const pages = await read((number) =>
    number < 500 ? { refs: [] } : number === 500 ? { refs: [GOOD] } : undefined,
  );
  expect(pages).toHaveLength(501);
  expect(pages.at(-1)?.refs).toEqual([GOOD]);
});

test('a list that goes on for ever with nothing on its pages ends too', async () => {
  const pages = await read(() => ({ refs: [] }));
  expect(pages.at(-1)).toMatchObject({ partial: true, drift: ['list without an end'] });
});

test('a stop is noticed between two pages of a list that does not look for it', async () => {
  const stop = new AbortController();
  const reason = new Error('stop');
  const pages = read((number) => {
    if (number === 3) stop.abort(reason);
    return { refs: [{ id: `c${number}`, ended: true }] };
  }, stop.signal);
  await expect(pages).rejects.toBe(reason);
});
