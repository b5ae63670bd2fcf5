import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseObjectives } from '../../grafana/src/objectives.ts';

const SHIPPED = readFileSync(new URL('../../config/objectives.yaml', import.meta.url), 'utf8');

describe('the shipped objectives', () => {
  test('promise 95 % of waits within 2 s, and 95 % of user turns answered', () => {
    expect(parseObjectives(SHIPPED).objectives).toEqual({
      response: { share: 0.95, within: 2 },
      answer: { share: 0.95 },
    });
  });

  test('name every boundary that a length can have', () => {
    expect(SHIPPED).toContain('0.1 0.2 0.3 0.5 0.7 0.8 1 1.2 1.5 1.7 2 2.5 3 3.5 4 5 8 13 30');
  });
});

describe('objectives that cannot be used are refused, with the setting and the reason', () => {
  test.each([
    [
      'within: 2 }',
      'within: 2.2 }',
      /objectives\.response\.within: 2\.2 is not a bucket boundary: 0\.1 0\.2/,
    ],
    [
      'warning: 1.5, critical: 1.7',
      'warning: 1.6, critical: 1.7',
      /median\.warning: 1\.6 is not a bucket boundary/,
    ],
    [
      'answer: { share: 0.95 }',
      'answer: { share: 95 }',
      /objectives\.answer\.share: 95 is not a share between 0 and 1/,
    ],
    ['answer: { share: 0.95 }', 'answer: { share: 1 }', /objectives\.answer\.share: 1 is not a share/],
    ['over: 6h', 'over: 6 hours', /burn\.1\.over: 6 hours is not a duration like/],
    ['gone: { critical: 10m }', 'gone: { critical: 0s }', /gone\.critical: 0s is not a duration/],
    ['warning: 3.5, critical: 5 }', 'warning: 5, critical: 3.5 }', /tail: warning is more than critical/],
    ['warning: 15m, critical: 1h', 'warning: 2h, critical: 1h', /stalled: warning is more than critical/],
    ['severity: warning', 'severity: page', /burn\.2\.severity/],
    ['conversations: 3 }', 'conversations: 0 }', /burn\.0\.conversations/],
    ['factor: 14.4', 'factor: 0.5', /burn\.0\.factor/],
    ['answer:', 'answers:', /objectives\.answers?: /],
    ['grafana: http://localhost:3000', 'grafana: localhost', /links\.grafana/],
  ])('%s → %s', (from, to, message) => {
    expect(SHIPPED).toContain(from);
    expect(() => parseObjectives(SHIPPED.replace(from, to))).toThrow(message);
  });

  test('all of them at once', () => {
    const wrong = SHIPPED.replace('share: 0.95, within: 2', 'share: 2, within: 9');
    expect(() => parseObjectives(wrong)).toThrow(/response\.share[\s\S]*response\.within/);
  });
});
