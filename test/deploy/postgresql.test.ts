import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const text = (path: string) => readFileSync(ROOT + path, 'utf8');
const { version } = JSON.parse(text('package.json')) as { version: string };

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A template without what helm does with it: lines that decide are left out, values stand for themselves. */
function manifest(name: string): Manifest {
  const plain = text(`deploy/helm/templates/${name}`)
    .replaceAll(/^\s*\{\{-.*\}\}\n/gm, '')
    .replaceAll(/"?[^"\s]*\{\{[^}]*\}\}(?::\{\{[^}]*\}\})?"?/g, 'value');
  return parse(plain, { strict: true, uniqueKeys: false }) as Manifest;
}

describe('the chart', () => {
  test('is of this version, and of manifests that are YAML once they are filled in', () => {
    expect(parse(text('deploy/helm/Chart.yaml'))).toMatchObject({ version, appVersion: version });
    const kinds = readdirSync(`${ROOT}deploy/helm/templates`).map((name) => manifest(name).kind);
    expect(kinds.sort()).toEqual(['Deployment', 'PodDisruptionBudget', 'Service', 'ServiceMonitor']);
  });

  test('names no value that values.yaml does not have', () => {
    const values = parse(text('deploy/helm/values.yaml')) as Record<string, unknown>;
    for (const name of readdirSync(`${ROOT}deploy/helm/templates`)) {
      const used = [...text(`deploy/helm/templates/${name}`).matchAll(/\.Values((?:\.\w+)+)/g)];
      for (const [, path = ''] of used) {
        const found = path
          .slice(1)
          .split('.')
          .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], values);
        expect(found, `${name}: ${path}`).toBeDefined();
      }
    }
  });

  test('confines the program, and keeps no ledger in the pod', () => {
    const { template } = manifest('deployment.yaml').spec as {
      template: { spec: { securityContext: object; containers: object[]; volumes: { name: string }[] } };
    };
    expect(template.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    expect(template.spec.containers).toMatchObject([
      {
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        livenessProbe: { httpGet: { path: '/healthz' } },
        readinessProbe: { httpGet: { path: '/readyz' } },
      },
    ]);
    expect(template.spec.volumes.map(({ name }) => name)).not.toContain('ledger');
  });
});

test('the compose file with PostgreSQL runs two bridges of one image on one database', () => {
  const { services } = parse(text('deploy/docker-compose.postgresql.yml'), { strict: true, merge: true }) as {
    services: Record<string, { image: string; environment: Record<string, string> }>;
  };
  const bridges = Object.values(services).filter(({ image }) => image === `callspan:${version}`);
  expect(bridges).toHaveLength(2);
  expect(new Set(bridges.map(({ environment }) => environment.CALLSPAN_STATE)).size).toBe(1);
  expect(Object.keys(services)).toEqual(['bridge-1', 'bridge-2', 'postgres']);
});
