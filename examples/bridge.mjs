// The whole bridge inside another program: node examples/bridge.mjs
import { createBridge } from 'callspan';

// Settings are those of the environment, by the names that the README has; any may be given here instead.
const bridge = await createBridge({ env: { CALLSPAN_LOG_LEVEL: 'warn', ...process.env } });

// One round; `await bridge.run(signal)` goes on until the signal is aborted.
const { seen, delivered, pending, failures } = await bridge.runOnce(AbortSignal.timeout(300_000));
console.log(`seen ${seen}, delivered ${delivered}, pending ${pending}`);
for (const failure of failures) console.error(failure);
process.exitCode = failures.length === 0 ? 0 : 1;
