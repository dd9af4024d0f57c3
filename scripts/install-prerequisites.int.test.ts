/** The real script, curl and programs; only the download sites are stood in for, by a mirror on this machine as a closed network has one. */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureBinaries } from '../sandbox/build/go.ts';

const script = fileURLToPath(new URL('install-prerequisites.sh', import.meta.url));
const KUBECTL = 'dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubectl';
const HELM = 'get.helm.sh/helm-v4.3.1-linux-amd64.tar.gz';

/** What the mirror serves, by path, and what was asked of it: path, and from which byte on. */
const files = new Map<string, Buffer>();
let asked: { path: string; from: number }[] = [];
let breakOffAt: number | undefined;
let mirror: Server;
let folder: string;

const sum = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

function serve(path: string, content: Buffer): void {
  files.set(path, content);
}

beforeAll(async () => {
  const bin = await ensureBinaries(() => undefined);
  const kubectl = readFileSync(join(bin, 'kubectl'));
  const work = mkdtempSync(join(tmpdir(), 'tartware-mirror-'));

  mkdirSync(join(work, 'linux-amd64'));
  writeFileSync(join(work, 'linux-amd64', 'helm'), readFileSync(join(bin, 'helm')));
  chmodSync(join(work, 'linux-amd64', 'helm'), 0o755);
  await execa('tar', ['-czf', 'helm.tar.gz', 'linux-amd64/helm'], { cwd: work, env: { GZIP: '-1' } });
  const helm = readFileSync(join(work, 'helm.tar.gz'));

  rmSync(work, { recursive: true });
  serve(KUBECTL, kubectl);
  serve(`${ KUBECTL }.sha256`, Buffer.from(sum(kubectl)));
  serve(HELM, helm);
  serve(`${ HELM }.sha256sum`, Buffer.from(`${ sum(helm) }  helm-v4.3.1-linux-amd64.tar.gz\n`));
  mirror = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    const content = files.get(path);
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);

    asked.push({ path, from });
    if (content === undefined) {
      response.writeHead(404).end();
    } else if (breakOffAt !== undefined && path === KUBECTL) {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, breakOffAt), () => response.destroy());
    } else {
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from, ...(from > 0 && { 'content-range': `bytes ${ from }-${ content.length - 1 }/${ content.length }` }) });
      response.end(content.subarray(from));
    }
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => mirror.once('listening', resolve));
});
afterAll(() => {
  mirror.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tartware-prerequisites-'));
  asked = [];
  breakOffAt = undefined;
});

async function install(...args: string[]): Promise<{ exitCode: number | undefined; all: string }> {
  const { port } = mirror.address() as AddressInfo;
  const options = ['--dir', join(folder, 'bin'), '--mirror', `http://127.0.0.1:${ port }`];
  const { exitCode, all } = await execa(script, [...options, ...args], {
    all: true,
    reject: false,
    // Nothing of this machine's own PATH but what a bare system has.
    env: { PATH: '/usr/bin:/bin', HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') },
    extendEnv: false,
  });

  return { exitCode, all };
}

const version = async (program: string, ...args: string[]): Promise<string> => (await execa(join(folder, 'bin', program), args)).stdout;

test('puts checked programs where they were asked for, and a second run leaves them alone', async () => {
  expect(await install('--only', 'kubectl,helm')).toMatchObject({ exitCode: 0, all: expect.stringContaining('helm 4.3.1 is at') });
  expect(await version('kubectl', 'version', '--client')).toContain('v1.36.3');
  expect(await version('helm', 'version', '--short')).toMatch(/^v4\.3/);
  asked = [];
  expect(await install('--only', 'kubectl')).toMatchObject({ exitCode: 0, all: expect.stringContaining('kubectl 1.36.3 is there') });
  expect(asked).toEqual([]);
});

test('a program of another version is replaced', async () => {
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'kubectl'), '#!/bin/sh\necho v1.20.0\n', { mode: 0o755 });

  expect(await install('--only', 'kubectl')).toMatchObject({ exitCode: 0, all: expect.stringContaining('in place of 1.20.0') });
});

test('a download that breaks off goes on where it stopped', async () => {
  breakOffAt = 1_000_000;
  expect(await install('--only', 'kubectl')).toMatchObject({ exitCode: 1, all: expect.stringContaining('DOWNLOAD_FAILED') });
  expect(existsSync(join(folder, 'bin', 'kubectl'))).toBe(false);
  breakOffAt = undefined;
  asked = [];
  expect(await install('--only', 'kubectl')).toMatchObject({ exitCode: 0 });
  expect(asked.find(({ path }) => path === KUBECTL)?.from).toBeGreaterThan(0);
  expect(await version('kubectl', 'version', '--client')).toContain('v1.36.3');
});

test('what differs from its publisher\'s checksum is not installed, and not kept', async () => {
  const before = files.get(`${ KUBECTL }.sha256`);

  serve(`${ KUBECTL }.sha256`, Buffer.from('0'.repeat(64)));
  const { exitCode, all } = await install('--only', 'kubectl');

  files.set(`${ KUBECTL }.sha256`, before ?? Buffer.alloc(0));
  expect({ exitCode, all }).toMatchObject({ exitCode: 1, all: expect.stringContaining('CHECKSUM_DIFFERS') });
  expect(existsSync(join(folder, 'bin', 'kubectl'))).toBe(false);
  expect(readdirSync(join(folder, 'cache', 'tartware-setup', 'downloads')).filter((file) => !file.endsWith('.sums'))).toEqual([]);
});

test('--dry-run names what it would fetch, and changes nothing', async () => {
  const { exitCode, all } = await install('--dry-run');

  expect(exitCode).toBe(0);
  for (const tool of ['kubectl 1.36.3', 'helm 4.3.1', 'helmfile']) {
    expect(all).toContain(`would fetch ${ tool }`);
  }
  expect(readdirSync(folder)).toEqual([]);
  expect(asked).toEqual([]);
});

test.each([
  [['--only', 'docker'], "--only knows no 'docker'; it knows kubectl helm helmfile"],
  [['--only'], '--only needs a value'],
  [['--force'], "unknown option '--force'"],
])('%s is wrong usage', async (args, message) => {
  expect(await install(...args)).toMatchObject({ exitCode: 2, all: expect.stringContaining(message) });
});
