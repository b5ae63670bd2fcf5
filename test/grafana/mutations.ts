/** A name that is changed on its way, as if only one side had changed it, and a panel that must not fail to notice. */
export const MUTATIONS: readonly { readonly from: string; readonly to: string; readonly panel: string }[] = [
  {
    from: 'callspan.response.latency',
    to: 'callspan.response.latencies',
    panel: 'Felt latency, percentiles B',
  },
  { from: 'callspan.turns', to: 'callspan.user.turns', panel: 'Unanswered A' },
  { from: 'callspan.phase.latency', to: 'callspan.phases', panel: 'Where the wait goes A' },
  { from: 'callspan.cost', to: 'callspan.price', panel: 'Cost A' },
  { from: 'callspan.outcome', to: 'callspan.result', panel: 'Conversations by outcome A' },
  { from: 'callspan.phase', to: 'callspan.stage', panel: 'Where the wait goes A' },
  { from: 'callspan.late', to: 'callspan.backfilled', panel: 'Conversations A' },
  { from: 'gen_ai.agent.id', to: 'agent.id', panel: 'Waits over 2 s A' },
  { from: 'gen_ai.agent.version', to: 'gen_ai.agent.release', panel: 'Agents and versions A' },
  { from: 'gen_ai.tool.name', to: 'tool.name', panel: 'Tool calls A' },
  { from: 'error.type', to: 'error.kind', panel: 'Tool failures A' },
  {
    from: 'gen_ai.evaluation.score.label',
    to: 'gen_ai.evaluation.label',
    panel: 'Evaluations failed by criterion A',
  },
  { from: 'USD', to: 'EUR', panel: 'Cost by agent A' },
];
