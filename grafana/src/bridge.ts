import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { board } from './board.ts';
import { collectorSection, vendorSection } from './collector-panels.ts';
import { bridgeGlanceSection, deliverySection } from './delivery-panels.ts';
import type { Objectives } from './objectives.ts';
import { sourceVariable } from './variable.ts';

/** How callspan itself does, and the collector that it delivers to. */
export function bridgeBoard(objectives: Objectives): Dashboard {
  return board({
    uid: 'callspan-bridge',
    title: 'callspan',
    description:
      'How callspan itself does: whether it keeps up, what it could not deliver, and its collector.',
    from: 'now-6h',
    variables: [sourceVariable()],
    sections: [
      bridgeGlanceSection(objectives),
      deliverySection(objectives),
      vendorSection(),
      collectorSection(objectives),
    ],
  });
}
