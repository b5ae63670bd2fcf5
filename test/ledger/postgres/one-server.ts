import type { TestProject } from 'vitest/node';
import { startPostgres } from './server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The port of the server that all test files share. */
    readonly postgresPort: number;
  }
}

/** One server a run; each test has a database of its own in it. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres({ max_connections: '300' });
  project.provide('postgresPort', server.port);
  return () => server.stop();
}
