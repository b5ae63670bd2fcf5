/** Workflows: transitions from node to node, each of which a model has to ask for. */
import { TOOLS, type Tool, type ToolPlan } from './tools.ts';

/** What the agents of this account walk through, in order. */
const NODES = ['node_qualify', 'node_branch', 'node_slots', 'node_offer'] as const;

/** An edge with a condition: the model says that it is met. */
function condition(number: number): Tool {
  return {
    name: `notify_condition_${number}_met`,
    type: 'workflow',
    arguments: () => ({}),
    result: () => ({}),
  };
}

const PROGRESS: Tool = {
  name: 'progress_workflow',
  type: 'workflow',
  arguments: () => ({}),
  result: () => ({}),
};

/** What moves the conversation on to another node of the workflow; no word to the caller, no end. */
const ENTER: Tool = {
  name: 'transfer_to_agent',
  type: 'system',
  seconds: 0.0001,
  arguments: () => ({ place: 'north' }),
  result: () => ({ status: 'success' }),
};

/** One transition: into a node, and what is called on the way. */
export function transition(number: number, tools: readonly ToolPlan[] = []): ToolPlan {
  const node = NODES[number % NODES.length] ?? NODES[0];
  const entering = { node, plans: [{ tool: ENTER }] };
  const working = tools.length === 0 ? [] : [{ node, plans: tools }];
  return {
    tool: number % 3 === 1 ? PROGRESS : condition(number + 1),
    steps: [entering, ...working],
  };
}

/** A tool that takes long enough to be noticed. */
export function slowTool(seconds: number): ToolPlan {
  const [tool] = TOOLS;
  if (tool === undefined) throw new Error('The catalogue of tools is empty');
  return { tool: { ...tool, name: 'check_slots', seconds } };
}
