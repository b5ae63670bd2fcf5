import type { TraceSettings } from '../src/trace/settings.ts';

/** What callspan's translation needs to know, for whoever uses it without callspan. */
export function translationSettings(source: string): TraceSettings {
  return { source, content: 'none', systemPrompt: false, resource: {}, secrets: [] };
}
