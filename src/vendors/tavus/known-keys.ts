/** The names of fields in Tavus' API and in what its events carry: a capture may show these, any other may be a customer's. */
export const TAVUS_KEYS: ReadonlySet<string> = new Set(
  `
  analysis apply_greenscreen arguments audio_only body bucket_name callback_url code content content_index
  conversation_id conversation_name conversation_url conversational_context created_at custom_greeting
  data document_ids duration enable_closed_captions enable_recording error_message event_type events
  face_id frames function id inference_id interrupted language max_call_duration max_participants
  meeting_token memory_stores message_type modality name objectives_completed output pal_id
  participant_absent_timeout participant_left_timeout persona_id pipeline_mode properties reason
  replica_id request require_auth response role s3_key seconds_from_start seq shutdown_reason speech
  status storage_provider storage_uri test_mode timestamp tool_call_id tool_calls tool_id tool_name
  total_count transcript transcript_url turn_idx type updated_at user_audio_analysis user_visual_analysis
  webhook_url
  `
    .trim()
    .split(/\s+/),
);
