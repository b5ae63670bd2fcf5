import type { KnownFields } from '../vendor.ts';
import { VAPI_KEYS } from './known-keys.ts';
import { disguisedReason } from './reason.ts';
import { failureWords } from './tools.ts';

/** What of a Vapi payload can be shown to anybody. */
export const VAPI_FIELDS: KnownFields = {
  keys: (name) => VAPI_KEYS.has(name),
  ids: new Set([
    ...['id', 'orgId', 'assistantId', 'assistantVersion', 'squadId', 'squadVersion', 'workflowId'],
    ...['campaignId', 'customerId', 'phoneNumberId', 'phoneCallProviderId', 'toolCallId'],
    ...['language', 'model', 'provider'],
  ]),
  timing: (field) =>
    /^(?:time|endTime|secondsFromStart|duration|start|end|timestamp|\w+Latency(?:Average)?|num\w+Interrupted)$/.test(
      field,
    ) || /^(?:created|updated|started|ended|presignedUrlsExpires)At$/.test(field),
  enumerations: {
    role: ['system', 'bot', 'assistant', 'user', 'tool_calls', 'tool_call_result'],
    status: [
      ...['scheduled', 'queued', 'ringing', 'in-progress', 'forwarding', 'ended', 'not-found'],
      ...['deletion-failed', 'error', 'failed', 'failure'],
    ],
    type: [
      ...['inboundPhoneCall', 'outboundPhoneCall', 'webCall', 'vapi.websocketCall', 'function'],
      ...['transport', 'transcriber', 'model', 'voice', 'vapi', 'voicemail-detection', 'analysis'],
      ...['knowledge-base', 'end-of-call-report', 'status-update'],
    ],
    phoneCallProvider: ['twilio', 'vonage', 'vapi', 'telnyx'],
    successEvaluation: ['true', 'false', 'Pass', 'Fail'],
  },
  namedByUser: new Set(['variableValues', 'structuredData', 'structuredOutputs']),
  spanNames: new Set(['name']),
  vendorSpans: new Set(),
  vendorTools: new Set([
    ...['endCall', 'transferCall', 'handoff', 'dtmf', 'sms', 'apiRequest'],
    ...['end_call', 'transfer_to_number', 'transfer_to_agent', 'voicemail_detection'],
  ]),
  spanPrefixes: [],
  attributes: () => false,
  attributeKeys: new Set(),
  attributePrefixes: [],
  form: (text) => disguisedReason(text) ?? failureWords(text)?.concat(' x'),
};
