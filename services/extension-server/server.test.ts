import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { createServer } from './server.ts';

let folder: string;
let app: FastifyInstance;

function build(version: string, script = '// extension'): void {
  rmSync(join(folder, 'bundle'), { recursive: true, force: true });
  mkdirSync(join(folder, 'bundle'));
  const files = { 'package.json': JSON.stringify({ name: 'tartware', version }), [`tartware-${version}.umd.min.js`]: script, [`tartware-${version}.umd.min.7.js`]: '// a page', [`tartware-${version}.umd.min.js.map`]: '{}', '.sources': 'abc' };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, 'bundle', name), content);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tartware-test-'));
  writeFileSync(join(folder, 'secret.txt'), 'TOP SECRET');
  build('1.2.3');
  app = await createServer(join(folder, 'bundle'));
});
afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Unpacks as Rancher does (pkg/controllers/dashboard/plugin/fscache.go): a file whose folder was not named before is an error. */
async function unpack(archive: Buffer): Promise<Record<string, string>> {
  const folders = new Set<string>();
  const files: Record<string, string> = {};
  const tar = extract();
  tar.end(gunzipSync(archive));

  for await (const entry of tar) {
    if (entry.header.type === 'directory') {
      folders.add(entry.header.name);
      entry.resume();
    } else {
      expect(folders).toContain(entry.header.name.replace(/[^/]+$/, ''));
      files[entry.header.name] = await text(entry);
    }
  }

  return files;
}

test('Rancher gets the whole bundle as one archive, without source maps', async () => {
  const answer = await app.inject('/tartware/1.2.3.tgz');

  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/gzip']);
  expect(await unpack(answer.rawPayload)).toEqual({
    '1.2.3/plugin/package.json': '{"name":"tartware","version":"1.2.3"}',
    '1.2.3/plugin/tartware-1.2.3.umd.min.js': '// extension',
    '1.2.3/plugin/tartware-1.2.3.umd.min.7.js': '// a page',
  });
});

test('a source map is there for those who ask for it, and in no list', async () => {
  expect((await app.inject('/tartware/1.2.3/plugin/tartware-1.2.3.umd.min.js.map')).body).toBe('{}');
  expect((await app.inject('/tartware/1.2.3/files.txt')).body).not.toContain('.map');
});

test('Rancher gets it file by file from the list, each as what it is', async () => {
  const list = (await app.inject('/tartware/1.2.3/files.txt')).body.trim().split('\n');

  expect(list).toEqual(['plugin/package.json', 'plugin/tartware-1.2.3.umd.min.7.js', 'plugin/tartware-1.2.3.umd.min.js']);
  for (const file of list) {
    const answer = await app.inject(`/tartware/1.2.3/${ file }`);

    expect([answer.statusCode, answer.body]).toEqual([200, readFileSync(join(folder, 'bundle', file.slice('plugin/'.length)), 'utf8')]);
    expect(answer.headers['content-type']).toContain(file.endsWith('.js') ? 'javascript' : 'json');
  }
});

test('a pod of another version has nothing, and says so in words that Rancher takes for no list', async () => {
  for (const path of ['/tartware/1.2.4.tgz', '/tartware/1.2.4/files.txt', '/tartware/1.2.4/plugin/package.json', '/other/1.2.3.tgz', '/']) {
    const answer = await app.inject(path);

    expect([path, answer.statusCode, answer.body[0]]).toEqual([path, 404, '/']);
  }
});

test('a rebuilt bundle is served at once, under its new version', async () => {
  build('1.2.4', '// newer');

  expect((await app.inject('/tartware/1.2.4/plugin/tartware-1.2.4.umd.min.js')).body).toBe('// newer');
  expect((await app.inject('/tartware/1.2.3/plugin/package.json')).statusCode).toBe(404);
});

test('without a whole bundle it lives, is not ready, and says what is missing', async () => {
  rmSync(join(folder, 'bundle', 'tartware-1.2.3.umd.min.js'));
  const answer = await app.inject('/health/ready');

  expect((await app.inject('/health/live')).statusCode).toBe(200);
  expect([answer.statusCode, answer.body]).toEqual([503, expect.stringMatching(/there is no tartware-1\.2\.3\.umd\.min\.js.*npm run build:extension/s)]);
  build('1.2.3');
  expect((await app.inject('/health/ready')).json()).toEqual({ status: 'ready', name: 'tartware', version: '1.2.3' });
});

test.each(['../secret.txt', '..%2fsecret.txt', '%2e%2e/secret.txt', '..%5csecret.txt', '.sources', ''])('nothing but the bundle is served: %s', async (path) => {
  const answer = await app.inject(`/tartware/1.2.3/plugin/${ path }`);

  expect(answer.statusCode).toBeGreaterThanOrEqual(400);
  expect(answer.body).not.toContain('TOP SECRET');
});
