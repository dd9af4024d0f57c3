/**
 * Packs the extension's chart as a Helm repository that Rancher takes for an extension catalogue:
 * `node charts/ui-catalogue.ts <folder> [<address where the folder will be served>]`. See docs/extension-catalogue.md.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';

const CHART = fileURLToPath(new URL('tartware-ui', import.meta.url));
/** Rancher's page "Extensions" pairs an installed extension with the chart and the release of its name, and offers upgrade and uninstall for those alone. */
const EXTENSION = 'tartware';

/**
 * Adds this version's package to the folder, and to the index there; packages of former versions stay.
 * @param helm the program
 * @returns the package's file name
 * @throws when the version is there already: Rancher keeps what it fetched, so a version must not change
 */
export function addToCatalogue(folder: string, address: string, helm = 'helm'): string {
  const version = /^version: (.+)$/m.exec(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'))?.[1] ?? '';
  const name = `${ EXTENSION }-${ version }.tgz`;
  const work = mkdtempSync(join(tmpdir(), 'tartware-catalogue-'));

  try {
    mkdirSync(folder, { recursive: true });
    if (existsSync(join(folder, name))) {
      throw new Error(`${ join(folder, name) } is there already, and Rancher keeps what it has fetched of a version: raise the version first (docs/extension-catalogue.md)`);
    }
    cpSync(CHART, join(work, EXTENSION), { recursive: true });
    const description = join(work, EXTENSION, 'Chart.yaml');

    writeFileSync(description, readFileSync(description, 'utf8').replace(/^name: .+$/m, `name: ${ EXTENSION }`));
    execaSync(helm, ['package', join(work, EXTENSION), '--destination', folder]);
    const index = join(folder, 'index.yaml');

    execaSync(helm, ['repo', 'index', folder, '--url', address, ...(existsSync(index) ? ['--merge', index] : [])]);

    return name;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, address = ''] = process.argv.slice(2);

  if (folder === undefined) {
    console.error('Usage: node charts/ui-catalogue.ts <folder> [<address where the folder will be served>]');
    process.exitCode = 64;
  } else {
    console.log(`Added ${ addToCatalogue(folder, address) } to ${ join(folder, 'index.yaml') }`);
  }
}
