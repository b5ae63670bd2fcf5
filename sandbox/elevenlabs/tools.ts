/** Calls of tools and their results, as rows of a transcript carry them. */
import type { ElevenLabsCall, ToolCall, WorkflowStep } from '../call.ts';
import { Fields, type Json } from '../fields.ts';
import { mix } from '../random.ts';
import { seconds } from './metrics.ts';

/** A tool's parameters as the vendor carries them, as JSON in a string. */
export function parameters(tool: ToolCall): string {
  return JSON.stringify(tool.arguments);
}

/** A tool's result as the vendor carries it; a failed one has the error instead. */
export function resultText(call: ElevenLabsCall, tool: ToolCall): string {
  if (tool.refused === 'blocked') return 'The call was blocked';
  if (tool.error !== undefined) return tool.error.message;
  if (tool.steps.length === 0) return JSON.stringify(tool.result);
  return call.traits.steps === 'value' ? '{}' : JSON.stringify({ steps: tool.steps.map(step(call)) });
}

/** @param isNested a call that a workflow made says that it was not made, even when it was. */
export function callJson(call: ElevenLabsCall, tool: ToolCall, isNested = false): Json {
  const fields = new Fields(call.shape, tool.id)
    .must('request_id', tool.id)
    .must('tool_name', tool.name)
    .must('params_as_json', parameters(tool))
    .must('tool_has_been_called', tool.refused === undefined && !isNested);
  // An app's own tool is told from the vendor's by this word alone.
  fields.must('type', tool.type);
  if (tool.type === 'webhook') {
    const secret = { Authorization: `Bearer ${mix(tool.id).toString(36)}-secret` };
    fields.extra('tool_details', () => ({
      type: 'webhook',
      method: 'POST',
      url: 'https://api.example.com/tools',
      headers: secret,
      body: parameters(tool),
    }));
  } else if (tool.type === 'client')
    fields.extra('tool_details', () => ({ type: 'client', parameters: parameters(tool) }));
  return fields.done();
}

export function resultJson(call: ElevenLabsCall, tool: ToolCall): Json {
  const isBlocked = tool.refused === 'blocked';
  const fields = new Fields(call.shape, `${tool.id}r`)
    .must('request_id', tool.id)
    .must('tool_name', tool.name)
    .must('result_value', resultText(call, tool))
    .must('is_error', tool.error !== undefined)
    .must('tool_has_been_called', tool.refused === undefined)
    .fact('tool_latency_secs', latency(tool))
    .fact('error_type', tool.error?.type)
    .fact('raw_error_message', tool.error?.message)
    .extra('dynamic_variable_updates', () => []);
  if (isBlocked) fields.must('is_blocked', true);
  else fields.extra('is_blocked', () => false);
  if (tool.type === 'workflow') {
    fields.must('type', 'workflow');
    if (call.traits.steps !== 'string') fields.must('result', { steps: tool.steps.map(step(call)) });
    return fields.done();
  }
  if (tool.type === 'system')
    return fields
      .must('type', 'system')
      .extra('result', () => tool.result)
      .done();
  return fields.extra('type', () => tool.type).done();
}

function latency(tool: ToolCall): number | undefined {
  if (tool.refused === 'blocked') return 0;
  return tool.measured ? seconds(tool.latency, tool.id) : undefined;
}

function step(call: ElevenLabsCall): (step: WorkflowStep) => Json {
  return ({ node, latency: length, tools }) => ({
    step_latency_secs: seconds(length, node),
    type: 'nested_tools',
    node_id: node,
    requests: tools.map((tool) => callJson(call, tool, true)),
    results: tools.map((tool) => resultJson(call, tool)),
    is_successful: tools.every((tool) => tool.error === undefined && tool.refused === undefined),
  });
}
