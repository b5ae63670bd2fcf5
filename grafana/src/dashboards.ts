import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { bridgeBoard } from './bridge.ts';
import { conversationBoard } from './conversation.ts';
import { conversationsBoard } from './conversations.ts';
import type { Objectives } from './objectives.ts';

/** All dashboards by the name of their file. */
export function dashboards(objectives: Objectives): ReadonlyMap<string, Dashboard> {
  return new Map([
    ['conversations.json', conversationsBoard(objectives)],
    ['conversation.json', conversationBoard(objectives)],
    ['callspan.json', bridgeBoard(objectives)],
  ]);
}

/** A dashboard as Grafana reads it from a file. */
export function dashboardFile(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
