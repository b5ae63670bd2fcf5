import fc from 'fast-check';
import { beforeEach } from 'vitest';

// One failure kills a mutant: neither a smaller example of it nor what the other tests of its file say changes anything.
// Small examples find what is wrong as well as large ones.
fc.configureGlobal({ endOnFailure: true, baseSize: 'xsmall' });

let isKilled = false;

beforeEach((context) => {
  context.skip(isKilled);
  context.onTestFailed(() => {
    isKilled = true;
  });
});
