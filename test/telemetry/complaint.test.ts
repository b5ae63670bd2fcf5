import { expect, test } from 'vitest';
import { Complaint } from '../../src/telemetry/complaint.ts';
import { recordingLog } from '../bridge/world.ts';

const words = { trouble: 'cannot be exported', over: 'is exported again' };

test('a trouble that lasts is one warning, whatever its reasons, and one line when it is over', () => {
  const { log, lines } = recordingLog();
  const complaint = new Complaint(log, words);
  complaint.settled();
  complaint.about('refused');
  complaint.about('reset');
  complaint.settled();
  complaint.settled();
  complaint.about('refused');
  expect(lines.filter(({ level }) => level !== 'debug')).toMatchObject([
    { level: 'warn', message: words.trouble, fields: { reason: 'refused' } },
    { level: 'info', message: words.over },
    { level: 'warn', message: words.trouble, fields: { reason: 'refused' } },
  ]);
});

test('of what somebody else has told already there is no warning, and nobody hears that it is over', () => {
  const { log, lines } = recordingLog();
  const complaint = new Complaint(log, words);
  complaint.about('away', { isKnown: true });
  complaint.settled();
  expect(lines.filter(({ level }) => level !== 'debug')).toEqual([]);
});
