import type { Tool, Turn } from '../conversation.ts';

/**
 * Messages as the GenAI conventions' JSON schemas want them (v1.41.1, gen-ai-input-messages.json and
 * gen-ai-output-messages.json). Readers drop a whole list that is not valid, so `finish_reason` is always there.
 */

/** The user's entries that this agent turn answers. */
export function inputMessages(heard: readonly Turn[]): string | undefined {
  const spoken = heard.filter((turn) => turn.text);
  if (spoken.length === 0) return undefined;
  return JSON.stringify(spoken.map((turn) => ({ role: 'user', parts: [textPart(turn.text ?? '')] })));
}

/** What the agent said and which tools it called. */
export function outputMessages(turn: Turn): string | undefined {
  const parts = [...(turn.text ? [textPart(turn.text)] : []), ...turn.tools.map(toolCallPart)];
  if (parts.length === 0) return undefined;
  return JSON.stringify([
    { role: 'assistant', parts, finish_reason: turn.tools.length === 0 ? 'stop' : 'tool_call' },
  ]);
}

/** The system prompt and what was injected into it. */
export function systemInstructions(texts: readonly string[]): string | undefined {
  return texts.length === 0 ? undefined : JSON.stringify(texts.map(textPart));
}

function textPart(content: string): { type: 'text'; content: string } {
  return { type: 'text', content };
}

function toolCallPart(tool: Tool): Record<string, unknown> {
  return {
    type: 'tool_call',
    name: tool.name,
    ...(tool.callId === undefined ? {} : { id: tool.callId }),
    ...(tool.arguments === undefined ? {} : { arguments: asObject(tool.arguments) }),
  };
}

/** The conventions expect an object; text that is none stays text. */
function asObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
