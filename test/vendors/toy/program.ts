import { registerToy } from './register.ts';

// The program itself, with one vendor more.
registerToy();
await import('../../../src/cli/main.ts');
