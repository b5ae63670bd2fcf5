import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { page } from '../../src/show/page.ts';
import { viewOf } from '../../src/show/view.ts';
import { waterfall } from '../../src/show/waterfall.ts';
import { span, traces } from './otlp.ts';

/** A name with everything in it that a terminal or a browser could act on. */
const HOSTILE = '</script><img src=x onerror=a()>"\x1b]0;x\x07\u009b2J\u202eb\u2028c\r\nd\ud800';
const isHarmful = (character: string) => /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(character);

/** Every text of it is `text`: ids, names, attributes and their keys. */
function hostileView(text: string) {
  const attributes = {
    'gen_ai.provider.name': text,
    'gen_ai.conversation.id': text,
    'gen_ai.agent.name': text,
    'callspan.outcome': text,
    'callspan.end_reason': text,
    'tavus.user.text': text,
    [text]: text,
  };
  const said = { ...attributes, 'gen_ai.provider.name': 'tavus' };
  return viewOf(
    traces([
      {
        ...span('root', undefined, text, 0, 9, { ...attributes, 'callspan.phase': 'conversation' }),
        traceId: text,
      },
      span(`1${text}`, 'root', text, 0, 2, { ...said, 'callspan.phase': text }),
      span(`2${text}`, `1${text}`, `tool.${text}`, 0, 2, { ...said, 'callspan.phase': 'tool' }, 2),
    ]),
  );
}

describe.each([
  ['in a terminal', (text: string) => waterfall(hostileView(text), { columns: 400, color: false })],
  ['on the page', (text: string) => page(hostileView(text))],
])('names from outside %s', (_, shown) => {
  test('are written out where they hold controls, overrides of direction or halves of characters', () => {
    expect([...shown(HOSTILE)].filter((character) => character !== '\n' && isHarmful(character))).toEqual([]);
  });

  test('are each on one line: as many lines as a conversation with harmless names has', () => {
    const lines = (text: string) => text.split('\n').length;
    expect(lines(shown(HOSTILE))).toBe(lines(shown('harmless')));
  });

  test('are so whatever they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
        expect([...shown(text)].filter((character) => character !== '\n' && isHarmful(character))).toEqual(
          [],
        );
      }),
      { numRuns: 100 },
    );
  });
});

test('colours are the only escape sequences of a waterfall on a terminal', () => {
  const text = waterfall(hostileView(HOSTILE), { columns: 100, color: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  expect([...text.replace(/\x1b\[[\d;]*m/g, '').replaceAll('\n', '')].filter(isHarmful)).toEqual([]);
});

describe('the policy of the page', () => {
  const html = page(hostileView(HOSTILE));
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
  const hash = (content: string) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;

  test('lets nothing load, and run and style only what it names by its hash', () => {
    const script = /<script>([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? '';
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src ${hash(style)}`,
      `script-src ${hash(script)}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  test('needs no exception: the page has one script, one style, and no attribute of either', () => {
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html.match(/<style/g)).toHaveLength(1);
    const markup = html.replace(/<(script|style)>[\s\S]*?<\/\1>/g, '').replace(/"[^"]*"/g, '""');
    expect(markup).not.toMatch(/<[^>]*\s(?:style|on\w+)=/);
    expect(html).not.toContain('<img');
  });

  test('stands before everything that it is to hold for', () => {
    expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.search(/<(?:title|style|script|body)/));
  });
});
