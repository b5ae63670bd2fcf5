import type { TestProject } from 'vitest/node';
import { PostgresServer } from './server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The port of the server that all test files share. */
    readonly postgresPort: number;
  }
}

/** One server a run; each test file has databases of its own in it. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const server = await PostgresServer.start({ settings: ['max_connections=300'] });
  project.provide('postgresPort', server.port);
  return () => server.close();
}
