import { expect, test } from 'vitest';
import { checkTls } from '../../src/http/tls.ts';
import { makeCertificates } from './certificates.ts';

const { ca, server, client } = makeCertificates();

test('certificates that are whole and belong together are fine, and so are none', () => {
  expect(() => checkTls(undefined)).not.toThrow();
  expect(() => checkTls({ ca: `# two\n${ca}${ca}` })).not.toThrow();
  expect(() => checkTls({ ca, ...client })).not.toThrow();
});

test.each([
  [{ ca: '/etc/ssl/ca.pem' }, /^Expected the certificate authority to be certificates as PEM text$/],
  [
    { ca: '-----BEGIN CERTIFICATE-----\nodd\n-----END CERTIFICATE-----\n' },
    /^Expected the certificate authority/,
  ],
  [{ cert: client.cert }, /^Expected the client certificate and its key to come together$/],
  [{ key: client.key }, /^Expected the client certificate and its key to come together$/],
  [{ cert: client.cert, key: server.key }, /PEM texts that belong together: .*mismatch/],
])('%# are refused, without showing them', (tls, message) => {
  expect(() => checkTls(tls)).toThrow(TypeError);
  expect(() => checkTls(tls)).toThrow(message);
  expect(() => checkTls(tls)).not.toThrow(/odd|MII/);
});
