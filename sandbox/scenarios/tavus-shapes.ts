/** Ordinary conversations that are published in one of the ways that Tavus is known for. */
import type { TavusTraits, TranscriptTiming } from '../tavus/traits.ts';
import { leaveTavus } from './leave.ts';
import { type Scenario, type TavusScene, tavusReason } from './scene.ts';
import { converse } from './script.ts';

type TavusScenario = Scenario<TavusScene>;

function ordinary(change: (scene: TavusScene) => void): TavusScenario['play'] {
  return (scene) => {
    converse(scene.stage);
    leaveTavus(scene);
    change(scene);
  };
}

function timed(name: string, summary: string, timing: TranscriptTiming): TavusScenario {
  return { name, summary, weight: 2, play: ordinary(({ traits }) => (traits.timing = timing)) };
}

function reasonAt(name: string, summary: string, at: TavusTraits['reasonAt']): TavusScenario {
  return { name, summary, weight: 1, play: ordinary(({ traits }) => (traits.reasonAt = at)) };
}

/** Ends that say that something went wrong before anybody could speak, or while they did. */
function broken(
  name: string,
  summary: string,
  reason: { raw: string; known: string },
  speak: boolean,
): TavusScenario {
  return {
    name,
    summary,
    weight: 1,
    play: (scene) => {
      if (speak) converse(scene.stage, 1, 4);
      else {
        scene.joins = false;
        scene.transcript = undefined;
        scene.artefacts.length = 0;
        scene.stage.pause(1, 20);
      }
      scene.stage.end(reason);
    },
  };
}

export const TAVUS_SHAPE_SCENARIOS: readonly TavusScenario[] = [
  timed('iso-timestamps', 'Transcript entries stamped in ISO 8601', 'iso'),
  timed('from-start', 'Only seconds_from_start, no stamp at all', 'from-start'),
  timed('shifted-epochs', "Stamps of another day, as in the vendor's own example", 'shifted'),
  timed('no-durations', 'Stamps, but nobody says how long anybody spoke', 'no-durations'),
  timed('no-timing', 'Only role and content, as all transcripts were before the spring of 2026', 'none'),
  reasonAt('reason-in-shutdown-reason', 'The reason under properties.shutdown_reason', 'shutdown_reason'),
  reasonAt('reason-in-reason', 'The reason under properties.reason', 'reason'),
  reasonAt('reason-on-top', 'The reason on the conversation itself', 'top'),
  {
    name: 'reason-unknown',
    summary: 'Nobody says why it ended',
    weight: 1,
    play: ordinary(({ stage, traits }) => {
      traits.reasonAt = 'nowhere';
      stage.end(undefined);
    }),
  },
  {
    name: 'reason-new',
    summary: 'A reason that no documentation has',
    weight: 1,
    play: ordinary(({ stage }) => stage.end({ raw: 'moderator_ended_the_meeting', known: 'other' })),
  },
  {
    name: 'legacy-names',
    summary: 'replica_id, persona_id and system.replica_joined',
    weight: 2,
    play: ordinary(({ traits }) => (traits.names = 'legacy')),
  },
  {
    name: 'new-names',
    summary: 'face_id, pal_id and system.pal_joined',
    weight: 2,
    play: ordinary(({ traits }) => (traits.names = 'new')),
  },
  {
    name: 'no-shutdown',
    summary: 'Ended, but the shutdown was never logged',
    weight: 2,
    play: (scene) => {
      converse(scene.stage);
      scene.shutsDown = false;
      scene.artefacts.length = 0;
      scene.stage.end(undefined);
    },
  },
  broken(
    'created-and-shutdown',
    'The replica never came and nobody else did',
    tavusReason('participant_absent_timeout', true),
    false,
  ),
  broken(
    'meeting-gone',
    'The room was closed before the replica could join',
    tavusReason('bot_could_not_join_meeting_it_was_probably_ended', false),
    false,
  ),
  broken(
    'failed-start',
    'An exception while the conversation started',
    tavusReason('exception_encountered_during_conversation_startup', false),
    false,
  ),
  broken(
    'room-deleted',
    'The room was deleted under the call',
    tavusReason('daily_room_has_been_deleted', false),
    true,
  ),
  broken(
    'internal-error',
    "A failure inside the vendor's pipeline, which names the step",
    { raw: 'internal error occurred at step llm_inference', known: 'internal_error' },
    true,
  ),
  {
    name: 'test-mode',
    summary: 'Created as ended to try out an application: nothing ever happens',
    weight: 1,
    play: (scene) => {
      scene.traits.testMode = true;
      scene.joins = false;
      scene.shutsDown = false;
      scene.transcript = undefined;
      scene.artefacts.length = 0;
      scene.fate = 'empty';
    },
  },
  {
    name: 'deleted',
    summary: 'Listed, but deleted by the customer before it can be fetched',
    weight: 0,
    play: ordinary((scene) => {
      scene.fate = 'gone';
    }),
  },
];
