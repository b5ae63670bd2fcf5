import * as eleven from '../../vendors/elevenlabs/elevenlabs-payload.ts';
import { type Families, type Json, times } from './family.ts';

function reason(text: (size: number) => string): (size: number) => Json {
  return (size) =>
    eleven.conversation({
      rows: [eleven.row('user', 'Hi.', 1)],
      metadata: { termination_reason: text(size) },
    });
}

/** What an attribute says, in a span and in a transcript. */
function said(text: (size: number) => string): (size: number) => Json {
  return (size) => eleven.talk([eleven.row('user', text(size), 1), eleven.row('agent', text(size), 2)]);
}

/** Texts that whoever reads them may go over again and again. */
export const ELEVENLABS_TEXTS: Families = [
  { name: 'a reason of "max"', size: 60_000, make: reason((size) => 'max'.repeat(size)) },
  { name: 'a reason of blanks', size: 100_000, make: reason((size) => `max${' '.repeat(size)}x`) },
  { name: 'a reason of words', size: 30_000, make: reason((size) => 'ended by the '.repeat(size)) },
  { name: 'a long text', size: 30_000, make: said((size) => 'So it goes. '.repeat(size)) },
  { name: 'a text of dots', size: 300_000, make: said((size) => `${'.'.repeat(size)}x`) },
  { name: 'a text of links', size: 10_000, make: said((size) => 'https://a.example/x?y=1 '.repeat(size)) },
  {
    name: 'one link with many parameters',
    size: 30_000,
    make: said((size) => `https://a.example/x?${'y=1&'.repeat(size)}`),
  },
  {
    name: 'one link with long words',
    size: 100_000,
    make: said((size) => `https://a.example/x?${'a'.repeat(size)}&${'b'.repeat(size)}`),
  },
  {
    name: 'one link of slashes',
    size: 20_000,
    make: said((size) => `https://a.example${'/abc'.repeat(size)}`),
  },
  {
    name: 'schemes without an end',
    size: 30_000,
    make: said((size) => `${'abcdefghijklmnopqrst.'.repeat(size)}://`),
  },
  {
    name: 'names of fields without a value',
    size: 30_000,
    make: said((size) => `authorization ${'"api_key" '.repeat(size)}`),
  },
  { name: 'a field and blanks', size: 200_000, make: said((size) => `authorization:${' '.repeat(size)}`) },
  { name: 'backslashes', size: 200_000, make: said((size) => `api_key${'\\'.repeat(size)}`) },
  { name: 'a key that never ends', size: 200_000, make: said((size) => `sk_${'a'.repeat(size)}_`) },
  {
    name: 'JSON in a text',
    size: 10_000,
    make: said((size) =>
      JSON.stringify(times(size, (index) => ({ key: `"${index}`, webhook_url: 'https://a.example' }))),
    ),
  },
  { name: 'brackets in a text', size: 100_000, make: said((size) => `${'['.repeat(size)}\\`) },
];
