import { describe, expect, test } from 'vitest';
import { LedgerAwayError, LedgerError } from '../../../src/ledger/errors.ts';
import { judge, ledgerError } from '../../../src/ledger/postgres/sql-state.ts';

const error = (code: string | undefined, message = 'said by the server') =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

const told = (code: string | undefined, message?: string, wasUsable = false) =>
  ledgerError('postgres://db:5432/calls', error(code, message), wasUsable) as LedgerError;

const TABLE = [
  ['40001', 'again'],
  ['40P01', 'again'],
  ['55P03', 'later'],
  ['57014', 'later'],
  ['25P03', 'frozen'],
  ['57P01', 'reconnect'],
  ['57P02', 'reconnect'],
  ['57P03', 'reconnect'],
  ['08006', 'reconnect'],
  ['08P01', 'reconnect'],
  [undefined, 'reconnect'],
  ['ECONNREFUSED', 'reconnect'],
  ['ECONNRESET', 'reconnect'],
  ['ETIMEDOUT', 'reconnect'],
  ['ENOTFOUND', 'reconnect'],
  ['EPIPE', 'reconnect'],
  ['25006', 'reconnect'],
  ['53300', 'wait'],
  ['53100', 'wait'],
  ['53200', 'wait'],
  ['53400', 'wait'],
  ['28P01', 'access'],
  ['28000', 'access'],
  ['3D000', 'access'],
  ['42501', 'access'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'access'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'access'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'access'],
  ['42P01', 'schema'],
  ['42703', 'schema'],
  ['22021', 'text'],
  ['22P05', 'text'],
  ['22P02', 'text'],
  ['23505', 'unknown'],
  ['XX000', 'unknown'],
] as const;

describe('an error of the server', () => {
  test.each(TABLE)('%s: %s', (code, remedy) => {
    const found = error(code, 'Connection terminated unexpectedly');
    expect(judge(found).remedy).toBe(remedy);
    const passes = !['access', 'schema', 'text', 'unknown'].includes(remedy);
    expect(ledgerError('x', found)).toMatchObject({ isPassing: passes });
  });

  test('is told with the place and with what to do, and without a value', () => {
    expect(told('53300').message).toMatch(
      /^The ledger at postgres:\/\/db:5432\/calls has no connection left; raise max_connections/,
    );
    expect(told('22021', 'invalid byte sequence: the caller said 4711').message).not.toContain('4711');
    expect([told('53100').isFull, told('57P01').isFull]).toEqual([true, false]);
  });

  test.each(['28P01', '28000', '3D000', '42501'])(
    '%s stops a start, and is waited for by whoever was let in before: passwords are changed',
    (code) => {
      expect(told(code)).toBeInstanceOf(LedgerError);
      expect(told(code).isPassing).toBe(false);
      expect(told(code, undefined, true)).toBeInstanceOf(LedgerAwayError);
    },
  );

  test('that is one of this program stays what it is', () => {
    const bug = new TypeError('a bug');
    expect(ledgerError('x', bug)).toBe(bug);
  });
});
