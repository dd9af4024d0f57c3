import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CRD_SETS, apiVersionsOf, crdFile, crdsOf, ensureCrds } from './crds.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tartware-crds-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Puts a command named `go` first in the path that answers `go mod download -json`; the real one isn't asked. */
function goThatAnswers(answer: object, exitCode = 0): void {
  writeFileSync(join(folder, 'answer'), JSON.stringify(answer));
  writeFileSync(join(folder, 'go'), `#!/bin/sh\necho "$@" >> "${folder}/asked"\ncat "${folder}/answer"\nexit ${exitCode}\n`);
  chmodSync(join(folder, 'go'), 0o755);
  vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
}

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.keda.sh }
spec:
  group: keda.sh
  names: { kind: Thing, plural: things }
  versions: [{ name: v1, served: true }, { name: v0, served: false }]
`;

function moduleWith(content: string): string {
  mkdirSync(join(folder, 'module/config/crd/bases'), { recursive: true });
  writeFileSync(join(folder, 'module/config/crd/bases/things.yaml'), content);
  return join(folder, 'module');
}

const quietly = async (): Promise<void> => ensureCrds(() => undefined, ['keda']);

describe('the CustomResourceDefinitions of other projects', () => {
  it('are fetched once, and only they: a module\'s kustomization is none', async () => {
    goThatAnswers({ Dir: moduleWith(`${definition}---\nkind: Kustomization\n`), Sum: CRD_SETS.keda.sum });
    await quietly();
    await quietly();
    expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe(`mod download -json ${CRD_SETS.keda.module}@${CRD_SETS.keda.version}\n`);
    expect(crdsOf('keda').map(({ metadata }) => metadata.name)).toEqual(['things.keda.sh']);
    expect(crdsOf('keda', ['Other'])).toEqual([]);
    expect(apiVersionsOf('keda')).toEqual(['keda.sh/v1', 'keda.sh/v1/Thing']);
  });

  it('are refused when the module isn\'t the one that was pinned', async () => {
    goThatAnswers({ Dir: moduleWith(definition), Sum: 'h1:other' });
    await expect(quietly()).rejects.toMatchObject({ code: 'CRDS_CHANGED', message: expect.stringContaining('h1:other') });
    expect(() => crdFile('keda')).toThrow(expect.objectContaining({ code: 'CRDS_MISSING', hint: expect.stringContaining('build-tools') }));
  });

  it('say that there is no network, in Go\'s words, and how to go on', async () => {
    goThatAnswers({ Error: 'dial tcp: no route to host' }, 1);
    await expect(quietly()).rejects.toMatchObject({ code: 'CRDS_UNAVAILABLE', message: expect.stringContaining('no route to host'), hint: expect.stringContaining('run again') });
  });

  it('say that Go is missing', async () => {
    vi.stubEnv('PATH', folder);
    await expect(quietly()).rejects.toMatchObject({ code: 'CRDS_UNAVAILABLE', message: expect.stringContaining('go mod download') });
  });

  it('are not taken from a module that moved them', async () => {
    goThatAnswers({ Dir: moduleWith('kind: Kustomization\n'), Sum: CRD_SETS.keda.sum });
    await expect(quietly()).rejects.toMatchObject({ code: 'CRDS_UNAVAILABLE', message: expect.stringContaining('no CustomResourceDefinition') });
    expect(existsSync(join(folder, 'tartware-sandbox/crds'))).toBe(false);
  });
});
