/** The names of fields in ElevenLabs' API types and in OTLP/JSON: a capture may show these, any other may be a customer's. */
export const ELEVENLABS_KEYS: ReadonlySet<string> = new Set(
  `
  accepted_time_unix_secs agent_created_from agent_id agent_last_updated_from agent_metadata agent_name
  agent_number analysis approval_policy arrayValue array_value asr_usage async_metadata attributes
  authorization_method batch_call batch_call_id batch_call_recipient_id boolValue bool_value branch_id
  bytesValue bytes_value call_charge call_duration_secs call_sid call_success_score call_successful
  call_summary_title charging chunk_id chunks code condition contextual_update_info
  conversation_config_override conversation_id conversation_initiation_client_data
  conversation_initiation_source conversation_initiation_source_version conversation_product
  conversation_turn_metrics conversations cost cost_fiat criteria_id custom_llm_extra_body data
  data_collection_id data_collection_results data_collection_results_list delay_ms delete_audio
  delete_transcript_and_pii deleted_audio_at_time_unix_secs deleted_logs_at_time_unix_secs
  deleted_transcript_at_time_unix_secs deletion_settings deletion_time_unix_secs dev_discount direction
  dislikes document_id doubleValue double_value droppedAttributesCount droppedEventsCount
  droppedLinksCount dropped_attributes_count dynamic_variable_updates dynamic_variables elapsed_time
  eleven_assistant embedding_model enable_transferred_agent_first_message enabled endTimeUnixNano
  end_time_unix_nano environment error error_type evaluation_criteria_results
  evaluation_criteria_results_list event_timestamp events exclude_transcript external_mcp_servers
  external_number failure_reason features_usage feedback file_input file_inputs flags
  free_llm_dollars_consumed free_minutes_consumed from_agent guardrail_type has_audio has_auxiliary_audio
  has_more has_response_audio has_user_audio id ignored_as_backchannel initiated_generation initiator_id
  input input_cache_read input_cache_write intValue int_value integration_type interrupted
  irreversible_generation is_blocked is_burst is_error is_livekit is_successful json_schema key kind
  kvlistValue kvlist_value language_detection likes links llm_charge llm_override llm_price llm_usage
  main_language max_score mcp_server_id mcp_server_name message message_count metadata method metrics
  model_usage multivoice_message name nested_tools next_cursor node_id original_message otlp_traces
  output_total overall_score parameters params_as_json parentSpanId parent_span_id phone_call
  phone_number_id pii_zrm_agent pii_zrm_workspace platform_charge platform_event platform_price
  platform_usage post_call_webhook_id price producing_llm queue_wait_secs rag_latency_secs
  rag_retrieval_info rag_usage rating rationale raw_error_message reason reasoned reasoning request_id
  requests resource resourceSpans resource_spans result result_type result_value results retrieval_query
  role schemaUrl schema_url scope scopeSpans scope_spans scoped score scoring_mode send_audio
  sentiment_analysis sip sms source_event_id source_medium spanId span_id spans startTimeUnixNano
  start_time_unix_nano start_time_unix_secs status step_latency_secs steps stream_sid stringValue
  string_value tag_ids termination_reason text_only tier timeUnixNano time_in_call_secs time_unix_nano
  timezone to_agent tokens tool_calls tool_details tool_has_been_called tool_latency_secs tool_name
  tool_names tool_results traceId traceState trace_id trace_state transcript transcript_format
  transcript_summary transfer_message transfer_to_agent triggered_guardrails tts_usage twilio type url
  usage_count used used_chunk_ids used_static_kb_document_ids user_id user_identifier value values
  vector_distance version version_id visited_agents voice_id voice_rewards voicemail_detection
  voicemail_message warnings whatsapp whatsapp_phone_number_id whatsapp_user_id workflow_node_id
  `
    .trim()
    .split(/\s+/),
);
