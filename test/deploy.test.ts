import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { knownVariables } from '../src/config/variables.ts';
import { examineVariables } from '../src/doctor/variables.ts';

const text = (path: string) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');

describe('the unit of systemd', () => {
  const lines = text('deploy/systemd/callspan.service')
    .split('\n')
    .filter((line) => line.includes('=') && !line.startsWith('#'));
  const values = (key: string) =>
    lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));

  test('sets only variables that callspan reads, and takes keys from files', () => {
    const variables = values('Environment')
      .flatMap((value) => value.split(' '))
      .map((pair) => pair.split('=')[0] ?? '');
    expect(examineVariables(Object.fromEntries(variables.map((name) => [name, 'x'])))).toEqual([]);
    const keys = variables.filter((name) => name.includes('_KEY'));
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(key).toMatch(/_FILE$/);
    expect(knownVariables()).toEqual(expect.arrayContaining(keys));
  });

  test('does not start again what no start mends, and gives it time to stop', () => {
    expect(values('RestartPreventExitStatus')).toEqual(['2 3']);
    expect(values('TimeoutStopSec')).toEqual(['30s']);
    expect(values('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
  });

  test('can write its own folder alone, has no right and can gain none', () => {
    const sure = [
      ...[
        'DynamicUser',
        'ProtectHome',
        'PrivateTmp',
        'PrivateDevices',
        'NoNewPrivileges',
        'RestrictSUIDSGID',
      ],
      ...[
        'ProtectKernelModules',
        'ProtectKernelTunables',
        'ProtectControlGroups',
        'RestrictNamespaces',
        'LockPersonality',
      ],
    ];
    for (const key of sure) expect([key, values(key)]).toEqual([key, ['yes']]);
    expect(values('ProtectSystem')).toEqual(['strict']);
    expect(values('CapabilityBoundingSet')).toEqual(['']);
    expect(values('StateDirectory')).toEqual(['callspan']);
  });
});

describe('the workflows', () => {
  const ci = parse(text('.github/workflows/ci.yml'));
  const release = parse(text('.github/workflows/release.yml'));
  const commands = (job: { steps: { run?: string }[] }) =>
    job.steps.flatMap(({ run }) => run ?? []).join('\n');

  test('run what gates a landing, and nothing else', () => {
    expect(commands(ci.jobs.run)).toContain('.ci/run');
    expect(ci.permissions).toEqual({ contents: 'read' });
  });

  test('publish with provenance, behind the gate, without a token that is kept', () => {
    expect(release.jobs.gate.uses).toBe('./.github/workflows/ci.yml');
    expect(release.jobs.npm.needs).toBe('gate');
    expect(release.jobs.image.needs).toBe('gate');
    expect(commands(release.jobs.npm)).toContain('npm publish --provenance');
    expect(release.jobs.npm.permissions['id-token']).toBe('write');
    expect(text('.github/workflows/release.yml')).not.toMatch(/secrets\./);
  });

  test('attach an SBOM to the package and to the image', () => {
    expect(commands(release.jobs.npm)).toContain('npm run --silent sbom > callspan.cdx.json');
    const build = release.jobs.image.steps.find(
      ({ with: options }: { with?: { sbom?: boolean } }) => options?.sbom,
    );
    expect(build.with.provenance).toBe('mode=max');
  });
});

describe('the image', () => {
  test('says what it is, of which version and from which source', () => {
    const file = text('Dockerfile');
    for (const name of ['title', 'description', 'licenses', 'version', 'revision', 'source', 'base.name'])
      expect(file).toContain(`org.opencontainers.image.${name}=`);
  });
});
