import { describe, expect, test } from 'vitest';
import { ledgerError, type Remedy, remedyOf } from '../../../src/ledger/postgres/sql-state.ts';

const error = (code: string | undefined, message = 'said by the server') =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

const TABLE: readonly (readonly [string | undefined, string, Remedy])[] = [
  ['40001', 'could not serialize', 'again'],
  ['40P01', 'deadlock', 'again'],
  ['55P03', 'lock timeout', 'later'],
  ['57014', 'statement timeout', 'later'],
  ['53300', 'too many connections', 'later'],
  ['53100', 'disk full', 'later'],
  ['53200', 'out of memory', 'later'],
  ['53400', 'configuration limit', 'later'],
  ['25P03', 'idle in transaction', 'reconnect'],
  ['57P01', 'admin shutdown', 'reconnect'],
  ['57P02', 'crash shutdown', 'reconnect'],
  ['57P03', 'cannot connect now', 'reconnect'],
  ['08006', 'connection failure', 'reconnect'],
  ['08P01', 'protocol violation', 'reconnect'],
  [undefined, 'Connection terminated unexpectedly', 'reconnect'],
  ['ECONNREFUSED', 'refused', 'reconnect'],
  ['ECONNRESET', 'reset', 'reconnect'],
  ['ETIMEDOUT', 'timed out', 'reconnect'],
  ['ENOTFOUND', 'no such name', 'reconnect'],
  ['EPIPE', 'broken pipe', 'reconnect'],
  ['25006', 'read only', 'reconnect'],
  ['28P01', 'password', 'stop'],
  ['28000', 'user', 'stop'],
  ['3D000', 'no database', 'stop'],
  ['42501', 'no right', 'stop'],
  ['42P01', 'no table', 'stop'],
  ['42703', 'no column', 'stop'],
  ['22021', 'invalid byte sequence', 'never'],
  ['22P05', 'untranslatable character', 'never'],
  ['22P02', 'invalid text', 'never'],
  ['23505', 'unique violation', 'never'],
  ['XX000', 'internal', 'never'],
];

describe('an error of the server', () => {
  test.each(TABLE)('%s (%s): %s', (code, _, remedy) => {
    expect(remedyOf(error(code))).toBe(remedy);
  });

  test('is told with the place, and with what to do', () => {
    const told = ledgerError('postgres://db:5432/calls', error('53300', 'sorry, too many clients already'));
    expect(told.message).toMatch(
      /^The ledger postgres:\/\/db:5432\/calls has no connection left; raise max_connections/,
    );
    expect(told.message).toContain('sorry, too many clients already');
    expect(ledgerError('x', error('53100')).isFull).toBe(true);
    expect(ledgerError('x', error('57P01')).isFull).toBe(false);
  });

  test('is one that passes, or one for which somebody has to do something', () => {
    for (const [code, , remedy] of TABLE) {
      expect([code, ledgerError('x', error(code)).isPassing]).toEqual([
        code,
        !['stop', 'never'].includes(remedy),
      ]);
    }
  });

  test('does not quote a value that could not be kept', () => {
    expect(
      ledgerError('x', error('22021', 'invalid byte sequence: the caller said 4711')).message,
    ).not.toContain('4711');
  });
});
