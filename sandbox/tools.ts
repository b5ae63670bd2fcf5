import type { ToolCall, ToolError, ToolType, WorkflowStep } from './call.ts';
import type { Random } from './random.ts';
import { type Micros, microsOf, nanos } from './time.ts';

/** A tool that the simulated agents may call. */
export interface Tool {
  readonly name: string;
  readonly type: ToolType;
  readonly arguments: (random: Random) => Record<string, unknown>;
  readonly result: (random: Random) => Record<string, unknown>;
  readonly parts?: boolean;
  /** Seconds that it takes; drawn where it is left out. */
  readonly seconds?: number;
}

/** A link that anybody may open who has it, for about a quarter of an hour. Never to be exported. */
export function signedUrl(random: Random, path: string): string {
  return (
    `https://storage.googleapis.com/convai-files/${path}?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Expires=900` +
    `&X-Goog-Signature=${random.hex(64)}`
  );
}

const lookup: Tool = {
  name: 'lookup_order',
  type: 'webhook',
  arguments: (random) => ({ order: random.int(100_000, 999_999), 'e-mail': 'ada@example.com' }),
  result: (random) => ({ state: 'shipped', eta: '2026-11-21', items: random.int(1, 5) }),
};

const invoice: Tool = {
  name: 'get_invoice',
  type: 'webhook',
  arguments: (random) => ({ invoice: `R-${random.int(100, 999)}` }),
  result: (random) => ({ file: signedUrl(random, 'invoice.pdf'), total: 49.9 }),
};

const calendar: Tool = {
  name: 'check_calendar',
  type: 'mcp',
  arguments: () => ({ day: 'Friday', 'not before': '09:30' }),
  result: () => ({ free: ['10:00', '11:30'], note: "Dr. O'Neill is away" }),
};

const customer: Tool = {
  // Servers of the Model Context Protocol choose their own names, and span paths are made of them.
  name: 'crm/find-customer#2',
  type: 'mcp',
  arguments: () => ({ name: 'Ada', fuzzy: true }),
  result: () => ({ customer: null, '100%': ['a/b', '#'] }),
};

const slots: Tool = {
  name: 'find_slots',
  type: 'api_integration_webhook',
  arguments: (random) => ({ branch: 'north', weeks: random.int(1, 4) }),
  result: () => ({ slots: ['Thursday 09:00', 'Friday 10:30'] }),
};

const map: Tool = {
  name: 'show_map',
  type: 'client',
  arguments: () => ({ place: 'Straße des 17. Juni', zoom: 14 }),
  result: () => ({ shown: true }),
};

const manual: Tool = {
  name: 'read_manual',
  type: 'webhook',
  arguments: () => ({ chapter: 12 }),
  // Longer than the 4 KB that ElevenLabs keeps of a tool's result in a span attribute.
  result: () => ({ text: 'Press the button until the light turns green. '.repeat(150) }),
};

export const TOOLS: readonly Tool[] = [lookup, invoice, calendar, customer, slots, map, manual];

/** Tavus' own tool to search what was said in earlier conversations. */
export const MEMORY_TOOL: Tool = {
  name: 'grep_transcripts',
  type: 'webhook',
  arguments: () => ({ pattern: 'allerg(y|ic)' }),
  result: () => ({ matches: ['2026-10-02: the user is allergic to nuts'] }),
};

export const END_CALL: Tool = {
  name: 'end_call',
  type: 'system',
  parts: true,
  seconds: 0.0001,
  arguments: () => ({ reason: 'The user said goodbye', message: '' }),
  result: () => ({ result_type: 'end_call_success', status: 'success' }),
};

export const VOICEMAIL_DETECTION: Tool = {
  name: 'voicemail_detection',
  type: 'system',
  parts: true,
  seconds: 0.0001,
  arguments: () => ({ reason: 'A recorded greeting was played' }),
  result: () => ({ result_type: 'voicemail_detection_success', status: 'success' }),
};

export const TRANSFER_TO_NUMBER: Tool = {
  name: 'transfer_to_number',
  type: 'system',
  parts: true,
  seconds: 0.0001,
  arguments: () => ({ transfer_number: '+442079460000', reason: 'The user asked for a person' }),
  result: () => ({ result_type: 'transfer_to_number_sip_success', status: 'success' }),
};

/** Hands the conversation over to another agent. */
export function transferTool(from: string, to: string): Tool {
  return {
    name: 'transfer_to_agent',
    type: 'system',
    parts: true,
    seconds: 0.0001,
    arguments: () => ({ agent_number: 0, reason: 'The question is about billing' }),
    result: () => ({
      result_type: 'transfer_to_agent_success',
      status: 'success',
      from_agent: from,
      to_agent: to,
      condition: 'billing',
    }),
  };
}

/** Failures as ElevenLabs words them: with a type of one word, with a type that is a sentence, or without. */
function drawToolError(random: Random): ToolError {
  return random.pick<ToolError>([
    { type: 'timeout', message: 'The tool did not answer within 20 seconds' },
    { type: 'http_status_error', message: 'Server responded with status 502: Bad Gateway' },
    { type: 'HTTP 500 from api.example.com', message: 'Internal Server Error' },
    { message: "Tool failed: KeyError('customer')" },
  ]);
}

/** A call of a tool that a scenario asks for. */
export interface ToolPlan {
  readonly tool: Tool;
  readonly fails?: boolean;
  readonly deferred?: boolean;
  readonly refused?: 'blocked' | 'invalid';
  /** Of a transition: the nodes that it enters, and what is called there. */
  readonly steps?: readonly { readonly node: string; readonly plans: readonly ToolPlan[] }[];
}

/** The calls as they happen, all at one moment. */
export function planned(plans: readonly ToolPlan[], start: Micros, random: Random): ToolCall[] {
  return plans.map((plan) => plannedCall(plan, start, random, 'call'));
}

function plannedCall(plan: ToolPlan, start: Micros, random: Random, prefix: string): ToolCall {
  const { tool, fails, deferred, refused } = plan;
  const id = `${prefix}_${random.token(16)}`;
  const steps = plannedSteps(plan, start, random);
  const stepped = steps.reduce((sum, step) => sum + step.latency, 0);
  const drawn = nanos(tool.seconds ?? (deferred ? random.between(4, 20) : random.between(0.05, 2.5)));
  return {
    id,
    name: tool.name,
    type: tool.type,
    arguments: tool.arguments(random),
    result: tool.result(random),
    start,
    latency: refused === undefined ? (steps.length > 0 ? stepped + nanos(0.001) : drawn) : 0,
    measured: refused === undefined && (steps.length > 0 || random.chance(0.97)),
    ...errorOf(fails === true, refused, random),
    deferred: deferred === true,
    parts: tool.parts === true,
    steps,
  };
}

function errorOf(
  fails: boolean,
  refused: ToolPlan['refused'],
  random: Random,
): Pick<ToolCall, 'error' | 'refused'> {
  if (refused === 'blocked') return { refused };
  if (refused === 'invalid') {
    return { refused, error: { type: 'Invalid Params', message: 'Invalid arguments: order is required' } };
  }
  return fails ? { error: drawToolError(random) } : {};
}

/** One node after the other; what is called in one of them is called at once. */
function plannedSteps(plan: ToolPlan, start: Micros, random: Random): WorkflowStep[] {
  let at = start;
  return (plan.steps ?? []).map(({ node, plans }) => {
    const tools = plans.map((each) => plannedCall(each, at, random, 'tlcal'));
    const latency = Math.max(0, ...tools.map((tool) => tool.latency)) + nanos(0.004);
    at += microsOf(latency);
    return { node, latency, tools };
  });
}

/** How long an agent has to wait for what it has called. */
export function holdUp(tools: readonly ToolCall[]): Micros {
  return microsOf(Math.max(0, ...tools.map((tool) => (tool.deferred ? 0 : tool.latency))));
}
