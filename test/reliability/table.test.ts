import { describe, expect, test } from 'vitest';
import { PROMISES, ROWS, type Row } from './promises.ts';
import type { Ran } from './reports.ts';
import { tables } from './table.ts';

const PROMISE = 'nothing is lost';
const FILE = 'test/some.test.ts';

function ran(own: string, { groups = [], passed = true }: { groups?: string[]; passed?: boolean } = {}): Ran {
  return { file: FILE, groups, own, title: [...groups, own].join(' > '), passed };
}

function show(tests: Ran[], rows: Row[] = [], chaos: [string, number][] = []) {
  return tables([PROMISE], rows, { tests, chaos: new Map(chaos) });
}

const own = ran('fault: a | is <b> → c', { groups: [`promise: ${PROMISE}`] });
const row = (tests: string | RegExp, fault = 'a vendor says {}'): Row => ({
  ...{ promise: PROMISE, fault, outcome: 'it is survived' },
  shown: { file: FILE, tests },
});

describe('a row of the table', () => {
  test('is a test that says which promise it shows, in which fault', () => {
    expect(show([own])).toEqual({
      problems: [],
      text: [
        '### Nothing is lost',
        '',
        '| fault | what happens | shown by |',
        '|---|---|---|',
        '| a \\| is &lt;b> | c | [some.test.ts](../test/some.test.ts) |',
        '',
      ].join('\n'),
    });
  });

  test('is a test that is listed, or several of one kind', () => {
    const tests = [ran('yes: well', { groups: ['a'] }), ran('no: well', { groups: ['a'] }), ran('other')];
    const { text, problems } = show(tests, [row(/^a > (.+): well$/), row('other', 'another')]);
    expect(problems).toEqual([]);
    expect(text).toContain('| a vendor says yes; no | it is survived |');
    expect(text).toContain('| another | it is survived |');
  });

  test('is a promise of the crash test', () => {
    const crash: Row = { ...row(''), fault: 'a crash', shown: { chaos: ['all is there'] } };
    expect(show([], [crash], [['all is there', 0]]).problems).toEqual([]);
    expect(show([], [crash], [['all is there', 2]]).problems).toEqual([
      'test/chaos/run.ts: "all is there" was not kept',
    ]);
    expect(show([], [crash]).problems).toHaveLength(1);
  });
});

describe('is a problem:', () => {
  test.each<[string, Ran[], Row[], RegExp]>([
    ['a test that did not pass', [{ ...own, passed: false }], [], /did not pass$/],
    ['a listed test that did not pass', [own, ran('x', { passed: false })], [row('x')], /"x" did not pass$/],
    ['one of several that did not', [own, ran('x1'), ran('x2', { passed: false })], [row(/^x(.)/)], /"x2"/],
    ['a listed test that did not run', [own, ran('y')], [row('x')], /nothing ran that is called "x"/],
    [
      'a title without a fault',
      [own, ran('so', { groups: [...own.groups] })],
      [],
      /"so" is no "fault: … → …"$/,
    ],
    [
      'a promise that nobody gives',
      [own, ran(own.own, { groups: ['promise: wealth'] })],
      [],
      /nobody promises/,
    ],
    ['a promise that nothing shows', [], [], /^nothing shows that nothing is lost$/],
  ])('%s', (_, tests, rows, problem) => {
    expect(show(tests, rows).problems).toEqual([expect.stringMatching(problem)]);
  });
});

test('every listed row is of a promise that is given', () => {
  expect(ROWS.filter(({ promise }) => !PROMISES.includes(promise))).toEqual([]);
});
