/** `GET /v2/conversations/{id}` and the rows of the list. */
import { statusAt, type TavusCall } from '../call.ts';
import { Fields, type Json } from '../fields.ts';
import { isoMicros, type Micros, micros } from '../time.ts';
import { eventsJson } from './events.ts';

/** A row of the list; also what every answer about one conversation begins with. */
export function rowJson(call: TavusCall, at: Micros): Json {
  const { traits } = call;
  const agent = call.agents[0];
  const hasPal = agent !== undefined && agent.id !== agent.face;
  const fields = new Fields(call.shape, call.id)
    .must('conversation_id', call.id)
    .must('status', statusAt(call, at) ?? 'active')
    .must('created_at', isoMicros(call.start))
    .fact('conversation_name', traits.name)
    .fact('callback_url', traits.callbackUrl)
    // A room that anybody may enter who knows it.
    .extra('conversation_url', () => `https://tavus.daily.co/${call.id}`)
    .extra('updated_at', () => isoMicros(at < call.end ? call.start : call.end + micros(90)));
  if (traits.names === 'new')
    fields.must('face_id', agent?.face).fact('pal_id', hasPal ? agent.id : undefined);
  else fields.must('replica_id', agent?.face).fact('persona_id', hasPal ? agent.id : undefined);
  return fields.done();
}

/** The answer of the API at an instant. Without `verbose` there is no event log. */
export function conversationJson(call: TavusCall, at: Micros, verbose: boolean): Json {
  const row = rowJson(call, at);
  if (!verbose) return row;
  const told = call.traits.reasonAt === 'top' && at >= call.end ? call.reason?.raw : undefined;
  const top =
    told === undefined
      ? new Fields(call.shape, `${call.id}top`).fact('shutdown_reason', undefined).done()
      : { shutdown_reason: told };
  const events = eventsJson(call, at);
  // A conversation in which nothing happened has an empty log, or none.
  return { ...row, ...top, events: events.length === 0 && call.shape === 'nulls' ? null : events };
}
