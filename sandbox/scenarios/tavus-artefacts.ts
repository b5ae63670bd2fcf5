/** Ordinary conversations whose event log has something unusual in it. */
import type { TavusEvent } from '../tavus/traits.ts';
import { leaveTavus } from './leave.ts';
import type { Artefact, Scenario, TavusScene } from './scene.ts';
import { converse } from './script.ts';

type TavusScenario = Scenario<TavusScene>;

function ordinary(
  name: string,
  summary: string,
  weight: number,
  change: (scene: TavusScene) => void,
): TavusScenario {
  return {
    name,
    summary,
    weight,
    play: (scene) => {
      converse(scene.stage);
      leaveTavus(scene);
      scene.artefacts.length = 0;
      change(scene);
    },
  };
}

/** What perception saw, once a call, with a description of a person's looks. */
export const PERCEPTION: TavusEvent['properties'] = {
  analysis:
    "Here's a summary of the visual observations:\n\n*   **User Appearance:** A person in a striped shirt.\n" +
    '*   **Emotional States:** Calm, once amused.',
};

function action(after: number, name: string, status: 'success' | 'error'): Artefact {
  const body = { summary: 'The user wants a call back', e_mail: 'ada@example.com' };
  return {
    after,
    type: 'application.post_call_action_executed',
    properties: { tool_id: `t-${name}`, tool_name: name, status, request: { body }, response: { code: 200 } },
  };
}

export const TAVUS_ARTEFACT_SCENARIOS: readonly TavusScenario[] = [
  ordinary('perception-late', 'The visual summary comes three minutes after the end', 3, ({ artefacts }) => {
    artefacts.push({ after: 180.026716, type: 'application.perception_analysis', properties: PERCEPTION });
  }),
  ordinary('perception-unavailable', 'There was nothing to see', 2, ({ artefacts }) => {
    const properties = { reason: 'no_vision_history' };
    artefacts.push({ after: 12.5, type: 'application.perception_unavailable', properties });
  }),
  ordinary('recording-ready', 'The recording is stored some minutes later', 2, ({ artefacts, stage }) => {
    const old = { bucket_name: 'recordings', s3_key: 'tavus/call.mp4', duration: 14 };
    const properties = stage.random.chance(0.5)
      ? old
      : { ...old, storage_provider: 's3', storage_uri: 's3://recordings/tavus/call.mp4' };
    artefacts.push({ after: 95.25, type: 'application.recording_ready', properties });
  }),
  ordinary('recording-copy-failed', 'The recording could not be stored', 1, ({ artefacts }) => {
    const properties = { error_message: 'Access denied to bucket recordings' };
    artefacts.push({ after: 61, type: 'application.recording_copy_failed', properties });
  }),
  ordinary('post-call-actions', 'Several actions after the call, one of which failed', 2, ({ artefacts }) => {
    artefacts.push(action(31.125, 'create_ticket', 'success'), action(44.5, 'send_mail', 'error'));
  }),
  ordinary('memory-consolidation', 'What was learned is stored for the next call', 1, ({ artefacts }) => {
    artefacts.push(
      { after: 40, type: 'application.memory_consolidation', properties: { stored: 3 } },
      { after: 41.5, type: 'application.raven_memory_evidence', properties: { analysis: 'wears glasses' } },
    );
  }),
  ordinary('unknown-events', 'Types that no documentation has', 2, ({ artefacts }) => {
    artefacts.push(
      {
        after: -5,
        type: 'system.participant_joined',
        properties: { participant: { id: 'p-1', camera: false } },
      },
      {
        after: 3,
        type: 'canvas.interaction',
        properties: { element: 'buy', values: [1, null, 'x'], nested: { a: 1 } },
      },
      { after: 8.000001, type: 'application.something.new', properties: undefined },
    );
  }),
  ordinary('duplicate-joins', 'The join logged under its old and its new name', 2, (scene) => {
    scene.traits.names = 'new';
    scene.joinsTwice = true;
  }),
  ordinary(
    'several-shutdowns',
    'The shutdown logged again, with another reason; the first counts',
    1,
    (scene) => {
      const properties = { shutdown_reason: 'daily_room_has_been_deleted' };
      scene.traits.reasonAt = 'shutdown_reason';
      scene.artefacts.push({ after: 30, type: 'system.shutdown', properties });
    },
  ),
  ordinary(
    'several-transcripts',
    'The transcript logged twice, the second time without entries',
    1,
    (scene) => {
      scene.artefacts.push({
        after: 9,
        type: 'application.transcription_ready',
        properties: 'empty transcript',
      });
    },
  ),
  ordinary('transcript-late', 'The transcript is logged eight minutes after the end', 1, (scene) => {
    scene.transcript = { at: 480, seen: 480 };
  }),
  ordinary(
    'transcript-seen-late',
    'The transcript is stamped at the end but shown two minutes later',
    2,
    (scene) => {
      scene.transcript = { at: 0.0011, seen: 120 };
    },
  ),
  ordinary('transcript-never', 'No transcript ever comes', 1, (scene) => {
    scene.transcript = undefined;
  }),
];
