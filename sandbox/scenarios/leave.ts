/** The ordinary ends: a goodbye or none, and the user is gone. */
import type { Stage } from '../stage.ts';
import { ELEVENLABS_REASONS, type TavusScene, tavusReason } from './scene.ts';
import { leaveWithTheLastWord, sayGoodbye } from './script.ts';

function part(stage: Stage): void {
  if (stage.random.chance(0.6)) sayGoodbye(stage);
  else leaveWithTheLastWord(stage);
}

/** The client disconnects. */
export function leaveElevenLabs(stage: Stage): void {
  part(stage);
  stage.pause(0.3, 1);
  const { clientLeft, clientAway, hungUp } = ELEVENLABS_REASONS;
  stage.end(stage.random.pick([clientLeft, clientLeft, hungUp, clientAway]));
}

/** The application ends the conversation, or the room stays open for a while after the user has left it. */
export function leaveTavus({ stage }: TavusScene): void {
  part(stage);
  if (stage.random.chance(0.5)) {
    stage.pause(0.3, 1);
    stage.end(tavusReason('end_conversation_endpoint_hit', false));
    return;
  }
  stage.pause(13, 60);
  stage.end(tavusReason('participant_left_timeout', stage.random.chance(0.5)));
}
