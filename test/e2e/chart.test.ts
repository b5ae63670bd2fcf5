import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findProgram } from './programs.ts';

const execFileAsync = promisify(execFile);
const CHART = fileURLToPath(new URL('../../deploy/helm', import.meta.url));

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}

async function helm(...args: string[]): Promise<string> {
  const { stdout } = await execFileAsync(await findProgram('helm'), args);
  return stdout;
}

/** What would be installed, by kind. */
async function rendered(...settings: string[]): Promise<Map<string, Manifest>> {
  const text = await helm(
    ...['template', 'calls', CHART],
    ...settings.flatMap((setting) => ['--set', setting]),
  );
  const manifests = parseAllDocuments(text, { strict: true }).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });
  return new Map(manifests.map((manifest) => [manifest.kind, manifest]));
}

describe('the chart', () => {
  test('passes lint with every warning an error', async () => {
    expect(await helm('lint', '--strict', CHART)).toContain('1 chart(s) linted, 0 chart(s) failed');
  });

  test('installs two replicas that are confined, kept apart, and never both away', async () => {
    const manifests = await rendered();
    expect([...manifests.keys()].sort()).toEqual(['Deployment', 'PodDisruptionBudget', 'Service']);
    expect(manifests.get('Deployment')?.spec).toMatchObject({
      replicas: 2,
      template: {
        spec: {
          containers: [
            {
              args: ['run'],
              env: expect.arrayContaining([{ name: 'CALLSPAN_LISTEN', value: ':9464' }]),
              envFrom: [{ secretRef: { name: 'callspan' } }],
              livenessProbe: { httpGet: { path: '/healthz', port: 'http' } },
              readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
            },
          ],
        },
      },
    });
    expect(manifests.get('PodDisruptionBudget')?.spec).toMatchObject({ maxUnavailable: 1 });
    expect(Object.keys(Object(manifests.get('PodDisruptionBudget')?.spec.selector))).toEqual(['matchLabels']);
  });

  test('takes every value that it offers', async () => {
    const manifests = await rendered(
      ...[
        'replicas=3',
        'image.tag=1.2.3',
        'databaseCa=authority',
        'serviceMonitor.enabled=true',
        'port=8000',
      ],
      ...['env.CALLSPAN_POLL_INTERVAL=5s', 'secrets={one,two}', 'nodeSelector.disk=none'],
    );
    expect([...manifests.keys()].sort()).toEqual([
      'Deployment',
      'PodDisruptionBudget',
      'Service',
      'ServiceMonitor',
    ]);
    expect(manifests.get('Deployment')?.spec).toMatchObject({
      replicas: 3,
      template: {
        spec: {
          nodeSelector: { disk: 'none' },
          volumes: expect.arrayContaining([{ name: 'database-ca', secret: { secretName: 'authority' } }]),
          containers: [
            {
              image: 'callspan:1.2.3',
              env: expect.arrayContaining([
                { name: 'CALLSPAN_LISTEN', value: ':8000' },
                { name: 'CALLSPAN_POLL_INTERVAL', value: '5s' },
              ]),
              envFrom: [{ secretRef: { name: 'one' } }, { secretRef: { name: 'two' } }],
              ports: [{ name: 'http', containerPort: 8000 }],
            },
          ],
        },
      },
    });
  });
});
