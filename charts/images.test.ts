import { existsSync, globSync, readFileSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { binariesFolder } from '../sandbox/build/go.ts';
import { composeRules, RULES_FILE } from './compose-rules.ts';
import { domainServices, services } from './testing/services.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const dockerfiles = globSync('docker/*.Dockerfile', { cwd: root }).sort();
const versionOf = (folder: string): string => (JSON.parse(read(`${ folder }/package.json`)) as { version: string }).version;

/** The last pattern that fits decides, and an exception begins with `!`; a pattern stands for all that lies below, too. */
function isIgnored(path: string): boolean {
  const patterns = read('.dockerignore').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const fits = (pattern: string): boolean => pattern === '**' || matchesGlob(path, pattern) || matchesGlob(path, `${ pattern }/**`);
  const last = patterns.findLast((pattern) => fits(pattern.replace(/^!/, '')));

  return last !== undefined && !last.startsWith('!');
}

interface Instruction {
  name: string;
  words: string[];
}

function instructions(path: string): Instruction[] {
  return read(path).replaceAll('\\\n', ' ').split('\n').filter((line) => /^[A-Z]+ /.test(line)).map((line) => {
    const [name = '', ...words] = line.trim().split(/\s+/);

    return { name, words };
  });
}

/** What COPY takes from the context, with the name of a service for SERVICE. */
function copied(path: string, service: string): string[] {
  return instructions(path).filter(({ name, words }) => name === 'COPY' && !words.some((word) => word.startsWith('--from')))
    .flatMap(({ words }) => words.slice(0, -1).map((word) => word.replaceAll('${SERVICE}', service)));
}

describe.each(dockerfiles)('%s', (path) => {
  test('copies what is there, and what the context holds', () => {
    for (const service of [...services, 'seed']) {
      const sources = copied(path, service);

      expect(sources.length).toBeGreaterThan(0);
      for (const source of sources) {
        expect({ source, there: existsSync(join(root, source)), ignored: isIgnored(existsSync(join(root, source, 'package.json')) ? `${ source }/package.json` : source) }).toEqual({ source, there: true, ignored: false });
      }
    }
  });

  test('runs as the user that the charts name, by number', () => {
    expect(instructions(path).filter(({ name }) => name === 'USER').map(({ words }) => words)).toEqual([['1000:1000']]);
  });

  test('begins with the Node of this repository, by its version', () => {
    const pinned = /NODE_VERSION = '([\d.]+)'/.exec(read('bootstrap.mjs'))?.[1];

    expect(instructions(path)[0]).toEqual({ name: 'ARG', words: [`NODE_VERSION=${ pinned }`] });
    for (const { words } of instructions(path).filter(({ name }) => name === 'FROM')) {
      expect(words[0]).toMatch(/^node:\$\{NODE_VERSION\}-slim$|^service$/);
    }
  });

  test('installs what the lock file says, and no scripts of packages into what runs', () => {
    const installs = instructions(path).filter(({ words }) => words.join(' ').startsWith('npm ci')).map(({ words }) => words.join(' '));

    expect(installs.length).toBeGreaterThan(0);
    expect(installs.filter((install) => install.includes('--omit=dev')).every((install) => install.includes('--ignore-scripts'))).toBe(true);
  });
});

test('the context leaves out packages, tests and everything that no image needs', () => {
  expect(['node_modules/fastify/package.json', 'services/kit/node_modules/x.js', 'services/core/app.test.ts', 'services/kit/testing/index.ts', 'services/tests/x.ts', 'charts/tartware/values.yaml', '.git/HEAD', 'tmp/secret.env'].filter((path) => !isIgnored(path))).toEqual([]);
  expect(['services/core/main.ts', 'services/core/migrations/0001_accounts-and-properties.sql', 'pkg/tartware/index.ts'].filter(isIgnored)).toEqual([]);
});

interface ComposeService {
  image: string;
  build?: { dockerfile: string; target?: string; args: { SERVICE: string } };
  environment?: Record<string, string | number>;
  entrypoint?: string[];
  command?: string[];
  ports?: string[];
  volumes?: string[];
  healthcheck?: { disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, ComposeService>; volumes: Record<string, null> };
const composed = Object.entries(compose.services);

interface Variables {
  known: string[];
  needed: string[];
}

/** The variables that each service knows, and those that it cannot do without, as its settings say; all in one process, as Node runs them. */
function variablesOfServices(): Record<string, Variables> {
  const program = `
    const { ServerSettings } = await import('./kit/config.ts');
    const of = async (name) => {
      const { settings } = Object.values(await import('./' + name + '/service.ts')).find((exported) => exported.name === name);
      const own = Object.entries(settings.properties);
      return [name, { known: [...Object.keys(ServerSettings.properties), ...own.map(([variable]) => variable)], needed: own.filter(([, schema]) => schema.default === undefined).map(([variable]) => variable) }];
    };
    console.log(JSON.stringify(Object.fromEntries(await Promise.all(${ JSON.stringify(services) }.map(of)))));`;

  return JSON.parse(execaSync(process.execPath, ['--input-type=module', '-e', program], { cwd: join(root, 'services') }).stdout) as Record<string, Variables>;
}

describe('docker-compose.yml', () => {
  test('has the nine services, a migration for each schema, the seed, six nodes of the cache, and the other stores', () => {
    const wanted = [...services, ...domainServices.map((service) => `${ service }-migration`), 'seed', 'secrets', ...[1, 2, 3, 4, 5, 6].map((node) => `valkey-${ node }`), 'valkey-cluster', 'postgres', 'kafka', 'clickhouse', 'prometheus', 'jaeger'];

    expect(Object.keys(compose.services).sort()).toEqual(wanted.sort());
  });

  test('names every image by a version, and ours by that of their source', () => {
    for (const [name, { image, build }] of composed) {
      expect([name, image]).toEqual([name, expect.stringMatching(/^[a-z0-9/-]+:v?\d+(\.\d+)+$/)]);
      expect(image).not.toMatch(/bitnami/);
      if (build !== undefined) {
        expect([image, build.dockerfile]).toEqual([`tartware/${ build.args.SERVICE }:${ versionOf(`services/${ build.args.SERVICE }`) }`, 'docker/service.Dockerfile']);
      }
    }
  });

  test('runs the stores that the chart runs for demonstrations', () => {
    const { dataStores } = parse(read('charts/tartware/values.yaml')) as { dataStores: Record<string, { embedded: { image: string } }> };
    const imageOf = (service: string): string | undefined => compose.services[service]?.image;

    expect([imageOf('postgres'), imageOf('valkey-1'), imageOf('kafka'), imageOf('clickhouse')]).toEqual(['postgresql', 'redis', 'kafka', 'clickhouse'].map((store) => dataStores[store]?.embedded.image));
  });

  test('waits for what is there, and for health only where it is checked', () => {
    for (const [name, { depends_on: needs = {} }] of composed) {
      for (const [other, { condition }] of Object.entries(needs)) {
        const { healthcheck } = compose.services[other] ?? {};

        expect([name, other, condition, compose.services[other] !== undefined]).toEqual([name, other, expect.stringMatching(/^service_(healthy|completed_successfully)$/), true]);
        expect([name, other, condition === 'service_healthy', healthcheck !== undefined && healthcheck.disable !== true]).toEqual([name, other, condition === 'service_healthy', condition === 'service_healthy']);
      }
    }
  });

  test('can be reached from this machine alone', () => {
    expect(composed.flatMap(([, { ports = [] }]) => ports).filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test('mounts what is there', () => {
    for (const source of composed.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]!))) {
      expect([source, source.startsWith('./') ? existsSync(join(root, source)) : source in compose.volumes]).toEqual([source, true]);
    }
  });

  describe('a service', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tartware-test-'));
    let variables: Record<string, Variables>;

    beforeAll(() => {
      execaSync(process.execPath, [join(root, 'docker/compose/secrets.mjs'), folder]);
      variables = variablesOfServices();
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** The variables that the entry point takes from the file of keys. */
    const secretsOf = (service: string): string[] => [...readFileSync(join(folder, `${ service }.env`), 'utf8').matchAll(/^(\w+)='/gm)].map(([, name]) => name!);

    test.each(services)('%s gets the variables that it reads, and all that it needs', (service) => {
      const { environment = {}, entrypoint, build } = compose.services[service]!;
      const given = [...Object.keys(environment), ...secretsOf(service)];
      const { known, needed } = variables[service]!;
      // All get all addresses, and a few what only some of them read.
      const spare = [...services.map((name) => `${ name.toUpperCase().replaceAll('-', '_') }_URL`), 'SEED_DEMO', 'SERVICE_CLIENT_SECRET', 'REDIS_URLS'];

      expect([build?.args.SERVICE, entrypoint?.join(' ')]).toEqual([service, expect.stringContaining('/run/tartware/')]);
      expect(given.filter((name) => !known.includes(name) && !spare.includes(name))).toEqual([]);
      expect(needed.filter((name) => !given.includes(name))).toEqual([]);
    });

    test('keeps the keys that were made once', () => {
      const before = readFileSync(join(folder, 'core.env'), 'utf8');

      execaSync(process.execPath, [join(root, 'docker/compose/secrets.mjs'), folder]);
      expect(readFileSync(join(folder, 'core.env'), 'utf8')).toBe(before);
    });
  });
});

describe('its Prometheus', () => {
  test('has the chart\'s rules as they are now', () => {
    expect(readFileSync(RULES_FILE, 'utf8'), 'run node charts/compose-rules.ts').toBe(composeRules());
  });

  test('takes its configuration, and scrapes every service', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tartware-test-'));
    const config = read('docker/compose/prometheus.yml');

    try {
      const { stdout } = execaSync('sh', ['-c', 'cat > "$1/p.yml"; exec "$2" check config "$1/p.yml"', 'check', folder, join(binariesFolder(), 'promtool')], { input: config.replace('/etc/prometheus/rules.yml', RULES_FILE) });

      expect(stdout).toContain('is valid prometheus config');
      expect(services.filter((service) => !config.includes(`${ service }:9090`))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
