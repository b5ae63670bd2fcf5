import { defineConfig } from 'vitest/config';

/**
 * What `npm test` leaves to `npm run test:long`: simulated weeks, fuzzers, whole tables of faults, payloads as large as
 * they may be, and programs that are started, killed and waited for. What stays has to be through within a minute on two
 * idle cores.
 */
const LONG = [
  'test/**/*.long.test.ts',
  'test/fuzz/**/*.test.ts',
  'test/bridge/adopt.test.ts',
  'test/bridge/refused.test.ts',
  'test/bridge/source-runner.test.ts',
  'test/bridge/tenants.test.ts',
  'test/bridge/webhook-kill.test.ts',
  'test/bridge/webhook-orders.test.ts',
  'test/bridge/webhooks.test.ts',
  'test/cli/command.test.ts',
  'test/cli/config.test.ts',
  'test/cli/completion.test.ts',
  'test/cli/demo.test.ts',
  'test/cli/doctor.test.ts',
  'test/cli/lease.test.ts',
  'test/cli/operator.test.ts',
  'test/cli/output.test.ts',
  'test/cli/parked.test.ts',
  'test/cli/reload.test.ts',
  'test/cli/run.test.ts',
  'test/cli/show.test.ts',
  'test/cli/retry.test.ts',
  'test/cli/stop.test.ts',
  'test/cli/verify.test.ts',
  'test/cli/webhook.test.ts',
  'test/delivery/blame-property.test.ts',
  'test/bridge/poison.test.ts',
  'test/bridge/shared-trace.test.ts',
  'test/delivery/refuses-everything.test.ts',
  'test/doctor/broken.test.ts',
  'test/examples.test.ts',
  'test/intake/misbehaviour.test.ts',
  'test/intake/property.test.ts',
  'test/intake/webhook-flood.test.ts',
  'test/ledger/damage.test.ts',
  'test/reliability/full-queue.test.ts',
  'test/metrics/truth.test.ts',
  'test/sandbox/official-client.test.ts',
  'test/show/screens.test.ts',
  'test/telemetry/self-traces.test.ts',
  'test/trace/encode/encoders.test.ts',
  'test/trace/growth.test.ts',
  'test/trace/sandbox-truth.test.ts',
  'test/vendors/vapi/steady.test.ts',
  'test/vendors/*/truth.test.ts',
  'test/trace/bounds.test.ts',
  'test/vendors/toy.test.ts',
];

/** What needs a PostgreSQL server, which `npm test` does not: `npm run test:postgres` says how to get one. */
const POSTGRES = 'test/ledger/postgres/*.server.test.ts';

/**
 * In milliseconds. It ends what hangs and judges no speed: beside other work a test takes ten times as long, and is
 * right all the same.
 */
const HANGS = 600_000;

/** Of every test, and of everything that is waited for in one. */
const limits = { testTimeout: HANGS, hookTimeout: HANGS, expect: { poll: { timeout: HANGS, interval: 20 } } };

export default defineConfig({
  test: {
    // Tests that wait leave room for others; by default one processor would stay idle.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', POSTGRES, ...LONG],
          // Half of the time went into loading the same modules anew for every file. So no test may leave behind what
          // another would see: environment and spies are put back here, what is registered is taken out by whoever did it.
          isolate: false,
          unstubEnvs: true,
          restoreMocks: true,
          ...limits,
        },
      },
      {
        test: {
          name: 'long',
          include: LONG,
          exclude: ['test/e2e/**'],
          isolate: false,
          unstubEnvs: true,
          restoreMocks: true,
          ...limits,
        },
      },
      {
        test: {
          name: 'postgres',
          include: [POSTGRES],
          globalSetup: ['test/ledger/postgres/one-server.ts'],
          ...limits,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/programs.ts'],
          ...limits,
          fileParallelism: false,
        },
      },
    ],
  },
});
