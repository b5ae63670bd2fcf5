import type { ElevenLabsCall } from '../call.ts';
import type { Json } from '../fields.ts';
import { mix } from '../random.ts';

/** The summary that the vendor's model writes; it repeats what was said. */
export function summary(call: ElevenLabsCall): string {
  const first = call.turns.find((turn) => turn.speaker === 'user' && !turn.silent && !turn.backchannel);
  return `${call.person.name} called and said: ${first?.text ?? 'nothing'}`;
}

export function verdict(call: ElevenLabsCall): 'success' | 'failure' | 'unknown' {
  return (['success', 'success', 'success', 'failure', 'unknown'] as const)[mix(call.id) % 5] ?? 'unknown';
}

/** What a conversation is judged by, and how it was judged. Only what is done is judged. */
export function evaluations(call: ElevenLabsCall): Record<string, string> {
  if (call.fate !== 'exported' || call.traits.status !== 'done') return {};
  const results = ['success', 'success', 'success', 'failure', 'unknown'] as const;
  return { polite: verdict(call), solved: results[mix(call.id, 3) % 5] ?? 'unknown' };
}

/** What the vendor's model made of the conversation afterwards. */
export function analysis(call: ElevenLabsCall): Json {
  return {
    evaluation_criteria_results: Object.fromEntries(
      Object.entries(evaluations(call)).map(([id, result]) => [
        id,
        { criteria_id: id, result, rationale: `The agent was ${id} to ${call.person.name}.` },
      ]),
    ),
    data_collection_results: {
      name: { data_collection_id: 'name', value: call.person.name, rationale: "The caller's own words." },
    },
    call_successful: verdict(call),
    transcript_summary: summary(call),
    call_summary_title: 'A question about an order',
  };
}
