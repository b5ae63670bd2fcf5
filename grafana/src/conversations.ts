import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { agentTable } from './agent-table.ts';
import { answerSection, evaluationSection, toolSection } from './answer-panels.ts';
import { board } from './board.ts';
import { glanceSection } from './glance-panels.ts';
import { latencySection } from './latency-panels.ts';
import type { Objectives } from './objectives.ts';
import { trueTimeSection } from './true-time-panels.ts';
import {
  agentVariable,
  lateVariable,
  providerVariable,
  sourceVariable,
  versionVariable,
} from './variable.ts';
import { costSection, volumeSection } from './volume-panels.ts';

/** How agents do: volume, felt latency, answers, tools, cost. */
export function conversationsBoard(objectives: Objectives): Dashboard {
  return board({
    uid: 'callspan-conversations',
    title: 'Conversations',
    description:
      'How AI voice and video agents do: how long callers wait, and what becomes of what they say.',
    from: 'now-24h',
    variables: [sourceVariable(), providerVariable(), agentVariable(), versionVariable(), lateVariable()],
    sections: [
      glanceSection(objectives),
      volumeSection(),
      latencySection(objectives),
      answerSection(objectives),
      toolSection(objectives),
      evaluationSection(objectives),
      costSection(),
      { title: 'Agents and versions', panels: [agentTable(objectives)] },
      trueTimeSection(objectives),
    ],
  });
}
