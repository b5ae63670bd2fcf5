/// <reference lib="dom" />
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { elevenLabsConversation, simulateCall } from '../../sandbox/index.ts';
import type { OtlpTraces } from '../../src/trace/otlp.ts';
import { callspan } from '../cli/program.ts';
import { contrast, launchChromium, luminance } from './chromium.ts';

/** `callspan show --html`, opened as a person would: with eyes, a keyboard and a screen reader. */
describe('the page of one conversation', () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  let traces: OtlpTraces;
  const requests: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'callspan-page-'));
    const call = simulateCall({
      provider: 'elevenlabs',
      seed: 7,
      index: 1,
      startAt: Date.UTC(2026, 9, 1, 9, 30),
      scenario: 'tool-error',
      shape: 'full',
    });
    const payload = elevenLabsConversation(call as never, {
      at: call.terminalAt + 86_400_000_000,
      format: 'opentelemetry',
    }) as Record<string, unknown>;
    const hostile = { ...payload, agent_name: '<img src=x onerror=alert(1)>' };
    const file = join(folder, 'payload.json');
    const html = join(folder, 'page.html');
    await writeFile(file, JSON.stringify(hostile));
    const shown = await callspan(['show', '--file', file, '--html', html, '--json'], {
      CALLSPAN_CONTENT: 'full',
    });
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    traces = JSON.parse(shown.stdout) as OtlpTraces;
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('console', (message) => complaints.push(message.text()));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(html).href);
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('asks the network for nothing', async () => {
    expect(requests.filter((url) => !url.startsWith('file:'))).toEqual([]);
    expect(await page.content()).not.toMatch(/<(?:link|img|iframe)\b/);
  });

  test('has a bar for every span, as long and in the place that the trace says', async () => {
    const spans = traces.resourceSpans.flatMap((resource) =>
      resource.scopeSpans.flatMap((scope) => scope.spans),
    );
    const root = spans.find((span) => span.parentSpanId === undefined);
    const [start, end] = [BigInt(root?.startTimeUnixNano ?? 0), BigInt(root?.endTimeUnixNano ?? 0)];
    const bars = await page.$$eval('tbody tr', (rows) =>
      rows.map((row) => {
        const track = row.querySelector('.track')?.getBoundingClientRect();
        const bar = row.querySelector('.bar')?.getBoundingClientRect();
        return {
          start: row.getAttribute('data-start'),
          end: row.getAttribute('data-end'),
          left: (bar?.left ?? 0) - (track?.left ?? 0),
          width: bar?.width ?? 0,
          track: track?.width ?? 0,
        };
      }),
    );
    expect(bars).toHaveLength(spans.length);
    const known = new Set(
      spans.map(
        (span) => `${BigInt(span.startTimeUnixNano) - start} ${BigInt(span.endTimeUnixNano) - start}`,
      ),
    );
    for (const bar of bars) {
      expect(known).toContain(`${bar.start} ${bar.end}`);
      const scale = bar.track / Number(end - start);
      expect(bar.left).toBeCloseTo(Number(bar.start) * scale, 0);
      expect(bar.width).toBeCloseTo(Math.max(2, (Number(bar.end) - Number(bar.start)) * scale), 0);
    }
  });

  test('the waits stand out, and a slow one more', async () => {
    const colors = await page.$$eval('tr.wait .bar, tr.slow .bar, tr.user .bar', (bars) => [
      ...new Set(bars.map((bar) => getComputedStyle(bar).backgroundColor)),
    ]);
    expect(colors.length).toBeGreaterThanOrEqual(3);
  });

  test('its policy stops nothing of its own', async () => {
    expect(complaints).toEqual([]);
    const inline = await page.$$eval('[style], [onclick]', (elements) => elements.length);
    expect(inline).toBe(0);
  });

  test('its policy stops a script that somebody put into it', async () => {
    const html = await readFile(join(folder, 'page.html'), 'utf8');
    const file = join(folder, 'attacked.html');
    await writeFile(file, html.replace('<main>', '<main><script>window.attacked = true</script>'));
    const other = await browser.newPage();
    await other.goto(pathToFileURL(file).href);
    expect(await other.evaluate('window.attacked')).toBeUndefined();
    await other.close();
  });

  test('what was said is text, whatever it is', async () => {
    expect(await page.textContent('header')).toContain('<img src=x onerror=alert(1)>');
    expect(await page.$$('img')).toEqual([]);
  });

  test('arrow keys walk the rows; left closes what a row is made of, right opens it', async () => {
    await page.focus('tbody tr');
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    expect(await focusedIndex(page)).toBe(1);

    const wait = await page.$$eval('tbody tr', (rows) =>
      rows.findIndex(
        (row) => row.getAttribute('aria-expanded') === 'true' && row.getAttribute('aria-level') === '2',
      ),
    );
    await page.evaluate(
      (index) => (document.querySelectorAll('tbody tr')[index] as HTMLElement).focus(),
      wait,
    );
    const before = await shownRows(page);
    await page.keyboard.press('ArrowLeft');
    expect(await shownRows(page)).toBeLessThan(before);
    await page.keyboard.press('ArrowRight');
    expect(await shownRows(page)).toBe(before);
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    expect(await shownRows(page)).toBe(1);
    await page.keyboard.press('Enter');
    expect(await shownRows(page)).toBe(before);
  });

  test('a screen reader is told a table with names, starts and lengths, and no decoration', async () => {
    const snapshot = await page.locator('body').ariaSnapshot();
    expect(snapshot).toContain('treegrid "Timeline of the conversation"');
    expect(snapshot).toMatch(/row "▾ response_latency \d+\.\d+ s \d\.\d\d s"/);
    expect(snapshot).toContain('columnheader "Lasts"');
  });

  test('is dark where the reader wants it dark, with enough contrast both ways', async () => {
    const ratios: number[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const [ink, paper] = await page.evaluate(() => [
        getComputedStyle(document.body).color,
        getComputedStyle(document.body).backgroundColor,
      ]);
      ratios.push(contrast(ink ?? '', paper ?? ''));
      expect(luminance(paper ?? '') > 0.5).toBe(colorScheme === 'light');
    }
    expect(Math.min(...ratios)).toBeGreaterThan(7);
  });

  test('reads without its script', async () => {
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const other = await plain.newPage();
    await other.setContent(await readFile(join(folder, 'page.html'), 'utf8'));
    expect(await other.locator('tbody tr:visible').count()).toBe(await page.locator('tbody tr').count());
    await plain.close();
  });
});

async function focusedIndex(page: Page): Promise<number> {
  return await page.$$eval('tbody tr', (rows) => rows.indexOf(document.activeElement as HTMLTableRowElement));
}

async function shownRows(page: Page): Promise<number> {
  return await page.locator('tbody tr:visible').count();
}
