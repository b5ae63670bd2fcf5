import * as eleven from '../../vendors/elevenlabs/elevenlabs-payload.ts';
import { rows } from './elevenlabs-payloads.ts';
import { type Families, speaker, times } from './family.ts';

/** What grows in the half with the transcript. */
export const ELEVENLABS_ROWS: Families = [
  {
    name: 'rows',
    size: 3_000,
    make: (size) => rows(size, (index) => eleven.row(speaker(index), 'Yes.', index)),
  },
  {
    name: 'rows without a time',
    size: 6_000,
    make: (size) => rows(size, (index) => eleven.row(speaker(index), 'Yes.', null)),
  },
  {
    name: 'rows of a user whom nobody answers',
    size: 6_000,
    make: (size) => rows(size, (index) => eleven.row('user', index % 3 === 0 ? 'Hello?' : '...', index)),
  },
  {
    name: 'rows of an agent who says nothing',
    size: 6_000,
    make: (size) =>
      rows(size, (index) => eleven.row(index === 0 ? 'user' : 'agent', index === 0 ? 'Hello?' : null, index)),
  },
  {
    name: 'metrics of one row',
    size: 4_000,
    make: (size) =>
      rows(2, (index) =>
        eleven.row(
          speaker(index),
          'Yes.',
          index,
          eleven.metrics(Object.fromEntries(times(size, (place) => [`m${place}`, 0.5]))),
        ),
      ),
  },
  {
    name: 'models of one row',
    size: 2_000,
    make: (size) =>
      rows(2, (index) =>
        eleven.row(speaker(index), 'Yes.', index, {
          llm_usage: {
            model_usage: Object.fromEntries(
              times(size, (place) => [`m${place}`, { input: { tokens: 1, price: 0.1 } }]),
            ),
          },
        }),
      ),
  },
  {
    name: 'documents of one row',
    size: 10_000,
    make: (size) =>
      rows(2, (index) =>
        eleven.row(speaker(index), 'Yes.', index, {
          rag_retrieval_info: { chunks: times(size, (place) => ({ document_id: `d${place}` })) },
        }),
      ),
  },
  {
    name: 'agents that hand over to each other',
    size: 3_000,
    make: (size) =>
      rows(size, (index) =>
        eleven.row(speaker(index), 'Yes.', index, { agent_metadata: { agent_id: `agent_${index}` } }),
      ),
  },
  {
    name: 'evaluations',
    size: 2_000,
    make: (size) =>
      rows(2, (index) => eleven.row(speaker(index), 'Yes.', index), {
        analysis: {
          evaluation_criteria_results: Object.fromEntries(
            times(size, (index) => [
              `c${index}`,
              { criteria_id: `c${index}`, result: 'success', rationale: 'because' },
            ]),
          ),
        },
      }),
  },
  {
    name: 'evaluations, one of them large',
    size: 2_000,
    make: (size) =>
      rows(2, (index) => eleven.row(speaker(index), 'Yes.', index), {
        analysis: {
          evaluation_criteria_results_list: times(size, (index) => ({
            criteria_id: `c${index}`,
            result: 'success',
            rationale: 'x'.repeat(index === 0 ? 200 * size : 1),
          })),
        },
      }),
  },
  {
    name: 'dynamic variables',
    size: 4_000,
    make: (size) =>
      rows(2, (index) => eleven.row(speaker(index), 'Yes.', index), {
        conversation_initiation_client_data: {
          dynamic_variables: Object.fromEntries(times(size, (index) => [`v${index}`, 'x'])),
        },
      }),
  },
];
