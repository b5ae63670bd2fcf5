/// <reference lib="dom" />
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { page as pageOf } from '../../src/show/page.ts';
import { SCREENS } from '../show/screens.ts';
import { contrast, launchChromium } from './chromium.ts';

/** With a folder named here the screens are also kept as pictures, for somebody to look at. */
const { CALLSPAN_SCREENS: pictures } = process.env;
/** With this the layout as it is now becomes the one that is compared with. */
const isKept = process.env.CALLSPAN_KEEP_LAYOUT !== undefined;

const WIDTHS = [400, 1440];
const SCHEMES = ['light', 'dark'] as const;
/** Rows whose places are compared: those of a call of two hours are five thousand. */
const MOST_ROWS = 40;
const LEAST_FONT_PX = 12;
/** WCAG 2, level AA, for text of an ordinary size. */
const LEAST_CONTRAST = 4.5;

let folder: string;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callspan-screens-'));
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function opened(name: string, width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const view = SCREENS[name];
  if (view === undefined) throw new Error(`There is no screen ${name}.`);
  const file = join(folder, `${name}.html`);
  await writeFile(file, pageOf(view()));
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  await page.goto(pathToFileURL(file).href);
  return page;
}

/** Of every text that is seen: how large it is, its colour, and the first colour that is behind it. */
async function texts(page: Page) {
  return await page.evaluate((most) => {
    const found: { text: string; size: number; ink: string; paper: string }[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null && found.length < most; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? '';
      const element = node.parentElement as HTMLElement;
      if (text === '' || element.closest('script, .visually-hidden') !== null) continue;
      if (!element.checkVisibility()) continue;
      const { fontSize, color } = getComputedStyle(element);
      let behind: HTMLElement | null = element;
      let paper = 'rgba(0, 0, 0, 0)';
      while (behind !== null && paper === 'rgba(0, 0, 0, 0)') {
        paper = getComputedStyle(behind).backgroundColor;
        behind = behind.parentElement;
      }
      found.push({ text: text.slice(0, 40), size: Number.parseFloat(fontSize), ink: color, paper });
    }
    return found;
  }, 2_000);
}

/** Tracks and the bars in them, in pixels of the page. */
async function bars(page: Page) {
  return await page.$$eval('tbody tr', (rows) =>
    rows.map((row) => {
      const track = (row.querySelector('.track') as HTMLElement).getBoundingClientRect();
      const bar = row.querySelector('.bar') as HTMLElement;
      const box = bar.getBoundingClientRect();
      return {
        track: [track.left, track.width] as const,
        bar: [box.left - track.left, box.width] as const,
        color: getComputedStyle(bar).backgroundColor,
      };
    }),
  );
}

describe.each(Object.keys(SCREENS))('the page of a call, %s', (name) => {
  test.each(WIDTHS)('leaves nothing outside of a screen of %i px', async (width) => {
    const page = await opened(name, width);
    const [needed, outside] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      [...document.querySelectorAll('body *:not(.visually-hidden, .axis span, .bar)')]
        .filter(
          (element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5,
        )
        .map((element) => element.outerHTML.slice(0, 80)),
    ]);
    expect(outside).toEqual([]);
    expect(needed).toBeLessThanOrEqual(width);
    await page.close();
  });

  test.each(SCHEMES)('can be read, %s, on a phone and on a desk', async (scheme) => {
    for (const width of WIDTHS) {
      const page = await opened(name, width, scheme);
      const read = await texts(page);
      expect(read.length).toBeGreaterThan(10);
      expect(read.filter(({ size }) => size < LEAST_FONT_PX)).toEqual([]);
      expect(read.filter(({ ink, paper }) => contrast(ink, paper) < LEAST_CONTRAST)).toEqual([]);
      if (pictures !== undefined)
        await page.screenshot({ path: join(pictures, `${name}-${width}-${scheme}.png`) });
      await page.close();
    }
  });

  test.each(WIDTHS)('has every bar inside of its track at %i px', async (width) => {
    const page = await opened(name, width);
    for (const { track, bar } of await bars(page)) {
      expect(bar[0]).toBeGreaterThanOrEqual(-0.5);
      // What lasts no time is two pixels wide all the same.
      expect(bar[0]).toBeLessThanOrEqual(track[1] + 0.5);
      expect(bar[0] + bar[1]).toBeLessThanOrEqual(track[1] + 2.5);
    }
    await page.close();
  });

  // Pictures differ with the fonts of a machine and with every Chromium; where columns and bars stand, and their
  // colours, come from the style alone, so these are what is compared, to a pixel.
  test.each(WIDTHS)('is laid out at %i px as somebody has looked at it', async (width) => {
    const layout: Record<string, unknown> = {};
    for (const scheme of SCHEMES) {
      const page = await opened(name, width, scheme);
      layout[scheme] = (await bars(page)).slice(0, MOST_ROWS).map(({ track, bar, color }) => ({
        places: [...track, ...bar].map((place) => Math.round(place)),
        color,
      }));
      await page.close();
    }
    const file = fileURLToPath(new URL(`../fixtures/screens/${name}-${width}px.json`, import.meta.url));
    if (isKept) await writeFile(file, `${JSON.stringify(layout)}\n`);
    const known = JSON.parse(await readFile(file, 'utf8')) as Record<string, Laid[]>;
    for (const scheme of SCHEMES) {
      const [was, is] = [known[scheme] ?? [], layout[scheme] as Laid[]];
      expect(is.map(({ color }) => color)).toEqual(was.map(({ color }) => color));
      is.forEach(({ places }, row) => {
        places.forEach((place, index) => {
          expect(Math.abs(place - (was[row]?.places[index] ?? Number.NaN))).toBeLessThanOrEqual(1);
        });
      });
    }
  });
});

interface Laid {
  readonly places: readonly number[];
  readonly color: string;
}

describe('the zoom of a long call', () => {
  /** Where bars stand as the trace and the part that is shown have it. */
  async function expectTrue(page: Page, zoom: number, from: number) {
    const total = await page.$eval('table', (table) => Number(table.dataset.seconds) * 1e9);
    const rows = await page.$$eval('tbody tr', (all) =>
      all.map(({ dataset }) => [dataset.start, dataset.end]),
    );
    const drawn = await bars(page);
    rows.slice(0, 400).forEach(([start, end], index) => {
      const { track, bar } = drawn[index] as (typeof drawn)[number];
      expect(bar[0]).toBeCloseTo((Number(start) / total - from) * zoom * track[1], -1);
      const wanted = Math.max(2, ((Number(end) - Number(start)) / total) * zoom * track[1]);
      expect(Math.abs(bar[1] - wanted)).toBeLessThan(2 + wanted / 100);
    });
  }

  const shown = (page: Page) =>
    page.$eval('table', (table) => ({
      zoom: Number(table.style.getPropertyValue('--zoom') || 1),
      from: Number.parseFloat(table.style.getPropertyValue('--from') || '0') / 100,
    }));

  test.each(WIDTHS)('shows a part as large as is asked for, and the whole again, at %i px', async (width) => {
    const page = await opened('two-hours', width);
    const ticks = () => page.$$eval('.axis span', (all) => all.map(({ textContent }) => textContent));
    const before = await ticks();
    for (let times = 0; times < 6; times++) await page.click('#in');
    expect(await shown(page)).toMatchObject({ zoom: 64 });
    await expectTrue(page, 64, (await shown(page)).from);
    expect((await ticks()).length).toBeGreaterThanOrEqual(1);
    expect(await ticks()).not.toEqual(before);
    await page.click('#out');
    expect(await shown(page)).toMatchObject({ zoom: 32 });
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, `zoom-${width}.png`) });
    await page.click('#whole');
    expect(await shown(page)).toEqual({ zoom: 1, from: 0 });
    expect(await ticks()).toEqual(before);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await page.close();
  });

  test('goes around the row that was chosen, follows the keys, and says what cannot be done', async () => {
    const page = await opened('two-hours', 1440);
    expect(await page.isDisabled('#out')).toBe(true);
    const row = page.locator('tbody tr').nth(300);
    await row.focus();
    await row.click();
    for (let times = 0; times < 7; times++) await page.keyboard.press('+');
    const { zoom, from } = await shown(page);
    expect(zoom).toBe(128);
    const middle = await row.evaluate(
      ({ dataset }) =>
        (Number(dataset.start) + Number(dataset.end)) /
        2e9 /
        Number(document.querySelector('table')?.dataset.seconds),
    );
    expect(from).toBeCloseTo(middle - 0.5 / zoom, 6);
    await page.keyboard.press('End');
    expect((await shown(page)).from).toBeGreaterThan(from);
    await page.keyboard.press('0');
    expect(await shown(page)).toEqual({ zoom: 1, from: 0 });
    for (let times = 0; times < 20; times++) await page.keyboard.press('+');
    expect(await page.isDisabled('#in')).toBe(true);
    await page.close();
  });

  test('is moved along the call, and the rows come with it', async () => {
    const page = await opened('two-hours', 400);
    for (let times = 0; times < 5; times++) await page.click('#in');
    const before = await shown(page);
    for (let times = 0; times < 6; times++) await page.click('#later');
    expect((await shown(page)).from).toBeCloseTo(before.from + 3 / before.zoom, 6);
    await page.click('#earlier');
    const { zoom, from } = await shown(page);
    expect(from).toBeCloseTo(before.from + 2.5 / before.zoom, 6);
    const inSight = await page.$$eval('tbody tr', (rows) =>
      rows
        .filter((row) => {
          const { top, bottom } = row.getBoundingClientRect();
          return top > 100 && bottom < 900;
        })
        .map(
          ({ dataset }) =>
            Number(dataset.end) / 1e9 / Number(document.querySelector('table')?.dataset.seconds),
        ),
    );
    expect(inSight.some((end) => end > from && end < from + 1 / zoom)).toBe(true);
    await page.close();
  });

  test('stops at the policy of the page nowhere', async () => {
    const page = await opened('ordinary', 1440);
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.click('#in');
    await page.click('#whole');
    expect(complaints).toEqual([]);
    await page.close();
  });
});
