// Strict type check of our own files. @rancher/shell ships its sources, written to looser options, so vue-tsc reports errors inside
// node_modules whenever one of its types is used. Those are not ours to fix; hand-written shims would hide real changes of the shell.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const vueTsc = createRequire(import.meta.url).resolve('vue-tsc/bin/vue-tsc.js');
const { stdout, stderr, error } = spawnSync(process.execPath, [vueTsc, '--noEmit', '--pretty', 'false', '-p', join(here, 'tsconfig.json')], {
  cwd: here,
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});

if (error) throw error;

/** An error and the indented lines that explain it. */
const reports = stdout.split(/\n(?=\S)/).filter((report) => report.trim() !== '');
const ours = reports.filter((report) => !/^[^(\n]*node_modules\//.test(report));

if (ours.length > 0 || stderr !== '') {
  console.error([...ours, stderr].join('\n').trim());
  process.exitCode = 1;
} else {
  console.log('pkg/tartware: types are sound');
}
