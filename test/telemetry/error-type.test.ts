import { expect, test } from 'vitest';
import { errorType } from '../../src/telemetry/telemetry.ts';

test.each([
  ['connect ECONNREFUSED 10.0.0.1:443', 'ECONNREFUSED'],
  ['getaddrinfo ENOTFOUND api.vendor.example', 'ENOTFOUND'],
  ['connect ECONNREFUSED ::1:443, connect ECONNREFUSED 127.0.0.1:443', 'ECONNREFUSED'],
  ['other side closed (UND_ERR_SOCKET)', 'UND_ERR_SOCKET'],
  ['self-signed certificate in certificate chain (SELF_SIGNED_CERT_IN_CHAIN)', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ['Parse Error: Expected HTTP/ (HPE_INVALID_CONSTANT)', 'HPE_INVALID_CONSTANT'],
  ['no complete answer within 30000 ms', 'timeout'],
  ['the line went dead', 'other'],
])('%s is of the type %s', (reason, type) => {
  expect(errorType(reason)).toBe(type);
});
