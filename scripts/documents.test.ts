/** What the operator's documents say about the scripts is what the scripts say themselves. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import { describe, expect, test } from 'vitest';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../${ path }`, import.meta.url)), 'utf8');
const setup = ['setup-kubernetes.sh', 'lib/checks.sh', 'lib/provider.sh'].map((file) => read(`scripts/${ file }`)).join('\n');
const guide = read('docs/KUBERNETES_DEPLOYMENT.md');
const documents = `${ guide }\n${ read('docs/TESTING_ENVIRONMENT.md') }`;
const unique = (matches: Iterable<RegExpMatchArray>): string[] => [...new Set([...matches].map(([, name = '']) => name))].sort();

/** What `--help` prints. */
function help(script: string): string {
  return execaSync(fileURLToPath(new URL(script, import.meta.url)), ['--help']).stdout;
}

describe.each(['setup-kubernetes.sh', 'install-prerequisites.sh'])('%s', (script) => {
  const handled = unique(read(`scripts/${ script }`).matchAll(/^ {6}(--[a-z-]+)(?= \||\))/gm));

  test('--help tells every option', () => {
    expect(unique(help(script).matchAll(/^ {2}(--[a-z-]+)/gm))).toEqual(handled);
  });

  test('documents name no option that it lacks', () => {
    const commands = [...documents.matchAll(new RegExp(`scripts/${ script }([^\\n#\`]*)`, 'g'))].map(([, rest = '']) => rest).join(' ');

    expect(unique(commands.matchAll(/(--[a-z-]+)/g)).filter((option) => !handled.includes(option))).toEqual([]);
  });
});

test('the guide explains every code that setting up can end with', () => {
  const codes = [...unique(setup.matchAll(/\bfail ([A-Z]+(?:_[A-Z]+)*) /g)), 'BASH_TOO_OLD'];

  expect(codes.filter((code) => !guide.includes(`\`${ code }\``))).toEqual([]);
});

test('the guide lists the variables of every provider, and no others', () => {
  const variable = /((?:VSPHERE|AWS|BAREMETAL)_[A-Z_]+)/g;

  expect(unique(guide.matchAll(variable))).toEqual(unique(read('scripts/lib/provider.sh').matchAll(/^((?:VSPHERE|AWS|BAREMETAL)_[A-Z_]+) /gm)));
});

test('the files that machines are made from use the variables that are asked for, and no others', () => {
  const templates = read('charts/platform/rancher/node-templates.yaml') + read('charts/platform/rancher/cluster-config.yaml');
  const used = unique(templates.matchAll(/\$\{([A-Z_]+)\}/g)).filter((name) => name !== 'VARIABLES');
  const known = [...unique(setup.matchAll(/^((?:VSPHERE|AWS)_[A-Z_]+) /gm)), 'MACHINE_CONFIG_KIND', 'CLOUD_CREDENTIAL', 'ENVIRONMENT'].filter((name) => !name.endsWith('_CLOUD_CREDENTIAL'));

  expect(used).toEqual(known.sort());
});

test('every `npm run` that a document names is there', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = unique([...documents, read('README.md'), read('CONTRIBUTING.md'), read('docs/sandbox.md')].join('').matchAll(/npm run ([a-z:]+)/g));

  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
