import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const text = (path: string) => readFileSync(ROOT + path, 'utf8');

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly user?: string;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly tmpfs?: readonly string[];
  readonly mem_limit?: string;
  readonly pids_limit?: number;
  readonly network_mode?: string;
  readonly stop_grace_period?: string;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly command?: readonly string[];
}

const COMPOSE: { services: Readonly<Record<string, Service>>; volumes: Readonly<Record<string, unknown>> } =
  parse(text('docker-compose.yml'), { strict: true, merge: true });
const SERVICES = Object.entries(COMPOSE.services);
const { version } = JSON.parse(text('package.json')) as { version: string };

const seconds = (period = '') => {
  const [, count, unit] = /^(\d+)([sm])$/.exec(period) ?? [];
  return Number(count) * (unit === 'm' ? 60 : 1);
};

describe.each(SERVICES)('the container %s', (name, service) => {
  test('has no capability that it was not given by name', () => {
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.cap_add ?? []).toEqual(name === 'volume-owner' ? ['CHOWN'] : []);
    expect(service.privileged).toBeUndefined();
  });

  test('can gain no right', () => {
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
  });

  test('writes to its volumes and to memory alone', () => {
    expect(service.read_only).toBe(true);
    expect(service.tmpfs).toEqual([expect.stringMatching(/^\/tmp:.*noexec.*size=\d+m$/)]);
    for (const volume of service.volumes ?? []) {
      const [from = ''] = volume.split(':');
      if (from.startsWith('.')) expect(volume).toMatch(/:ro$/);
      else expect(Object.keys(COMPOSE.volumes)).toContain(from);
    }
  });

  test('has bounds of memory and of processes', () => {
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    expect(service.pids_limit).toBeGreaterThan(0);
  });

  test('is of one release', () => {
    const tag = /:([^/:]+)$/.exec(service.image)?.[1];
    expect(tag).toMatch(/^v?\d+\.\d+\.\d+$/);
    if (service.build !== undefined) expect(tag).toBe(version);
  });

  test('has its time to stop', () => {
    expect(seconds(service.stop_grace_period)).toBeGreaterThanOrEqual(10);
  });

  test('is open to this machine alone', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});

describe('docker-compose.yml', () => {
  test('runs as root only what gives volumes away, and that without a network', () => {
    expect(SERVICES.filter(([, { user }]) => user?.startsWith('0')).map(([name]) => name)).toEqual([
      'volume-owner',
    ]);
    expect(COMPOSE.services['volume-owner']?.network_mode).toBe('none');
  });

  test("starts nothing without a password of Grafana's own", () => {
    expect(COMPOSE.services.grafana?.environment?.GF_SECURITY_ADMIN_PASSWORD).toMatch(
      /^\$\{GRAFANA_ADMIN_PASSWORD:\?.+\}$/,
    );
    expect(text('.env.example')).toMatch(/^GRAFANA_ADMIN_PASSWORD=$/m);
  });

  test('waits for Tempo, which needs up to 170 s to stop', () => {
    expect(seconds(COMPOSE.services.tempo?.stop_grace_period)).toBeGreaterThanOrEqual(180);
  });

  test('asks after the health of the bridge where the bridge answers', () => {
    const { environment, healthcheck } = COMPOSE.services.bridge ?? {};
    expect(healthcheck?.test.join(' ')).toContain(`http://${environment?.CALLSPAN_LISTEN}/healthz`);
  });

  test('tells the demo by its flag where the simulated conversations go', () => {
    const { command } = COMPOSE.services.demo ?? {};
    expect(command).toEqual(['demo', '--collector', 'http://collector:4318']);
  });
});

describe('the image', () => {
  const lines = text('Dockerfile').split('\n');

  test('is built on one release of the recommended Node.js', () => {
    expect(lines).toContainEqual(expect.stringMatching(/^ARG NODE=node:24\.\d+\.\d+-slim$/));
    const bases = lines.filter((line) => line.startsWith('FROM '));
    for (const base of bases) expect(base).toMatch(/^FROM \$\{NODE\}/);
    expect(bases).toHaveLength(2);
  });

  test('does not run as root, and says so in figures', () => {
    const [uid] = lines.flatMap((line) => /^USER (\d+):\d+$/.exec(line)?.[1] ?? []);
    expect(Number(uid)).toBeGreaterThan(0);
  });

  test('is made of nothing but what is named', () => {
    const entries = text('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(entries[0]).toBe('*');
    for (const entry of entries.slice(1)) expect(entry).toMatch(/^!/);
    const copied = lines.flatMap((line) => /^COPY (?!--from)(.+) \S+$/.exec(line)?.[1]?.split(' ') ?? []);
    expect(new Set(copied)).toEqual(new Set(entries.slice(1).map((entry) => entry.slice(1))));
  });
});
