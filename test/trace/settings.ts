import type { TraceSettings } from '../../src/trace/settings.ts';

/** The settings of a source that nobody configured, but for what a test is about. */
export function settings(changes: Partial<TraceSettings> = {}): TraceSettings {
  return { source: 'test', content: 'none', systemPrompt: false, resource: {}, secrets: [], ...changes };
}
