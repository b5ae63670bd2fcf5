/** The names of fields in Retell's API: a capture may show these, any other may be a customer's. */
export const RETELL_KEYS: ReadonlySet<string> = new Set(
  `
  access_token agent_id agent_name agent_tag agent_version arguments asr average call call_analysis call_cost call_id
  call_status call_successful call_summary call_type collected_dynamic_variables combined_cost content cost
  custom_analysis_data custom_sip_headers data_storage_setting digit direction disconnection_reason duration_ms e2e end
  end_timestamp event event_timestamp former_node_id former_node_name from_number in_voicemail is_transfer_leg_cost
  knowledge_base knowledge_base_retrieved_contents_url latency llm llm_token_usage llm_websocket_network_rtt max metadata
  min multimedia name new_node_id new_node_name num num_requests opt_in_signed_url p50 p90 p95 p99 product product_costs
  public_log_url recording_multi_channel_url recording_url retell_llm_dynamic_variables role s2s
  scrubbed_recording_multi_channel_url scrubbed_recording_url scrubbed_transcript_with_tool_calls start start_timestamp
  successful telephony_identifier thought_signature time_sec to_number tool_call_id total_duration_seconds
  total_duration_unit_price transcript transcript_object transcript_with_tool_calls transfer_destination
  transfer_end_timestamp transfer_option transition_type tts twilio_call_sid type unit_price user_sentiment values word
  words
  `
    .trim()
    .split(/\s+/),
);
