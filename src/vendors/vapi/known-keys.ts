/** The names of fields in Vapi's API: a capture may show these, any other may be a customer's. */
export const VAPI_KEYS: ReadonlySet<string> = new Set(
  `
  analysis analysisCostBreakdown arguments artifact assistant assistantActivations assistantId assistantName
  assistantOverrides assistantRequestUrl assistantVersion cachedPromptTokens call campaignId characters chat
  combinedUrl assistantUrl customerUrl completionTokens compliance confidence controlUrl cost costBreakdown costs
  createdAt customer customerId destination duration endTime end endedAt error endedMessage endedReason
  endpointingLatency endpointingLatencyAverage fromTransportLatencyAverage function id isError isFiltered language
  listenUrl llm llmCachedPromptTokens llmCompletionTokens llmPromptTokens logUrl message messages
  messagesOpenAIFormatted metadata minutes model modelLatency modelLatencyAverage monitor mono name nodes number
  numAssistantInterrupted numUserInterrupted ok orgId pcapUrl performanceMetrics phoneCallProvider
  phoneCallProviderId phoneNumber phoneNumberId presignedUrlsExpiresAt promptTokens provider punctuated_word
  reasoningTokens recording recordingUrl result role scorecards secondsFromStart secret server source speakerLabel
  squadId squadVersion start startedAt status stereoRecordingUrl stereoUrl structuredData structuredDataMulti
  structuredOutputs stt subType success successEvaluation summary time timestamp toTransportLatencyAverage toolCallId
  toolCalls total transcriber transcriberLatency transcriberLatencyAverage transcript transfers transport tts
  ttsCharacters turnLatencies turnLatency turnLatencyAverage type updatedAt url vapi variableValues videoUrl voice
  voiceLatency voiceLatencyAverage warnings word wordLevelConfidence workflowId
  `
    .trim()
    .split(/\s+/),
);
