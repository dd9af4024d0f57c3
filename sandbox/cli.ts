import { describeError } from './errors.ts';
import { parseOptions, USAGE } from './options.ts';
import { REPOSITORY, stateFolder } from './paths.ts';
import { buildExtension } from './rancher/build.ts';
import { start } from './start.ts';
import { showStatus, stopRunning } from './status.ts';
import { askControl } from './supervisor/control.ts';

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  switch (options.command) {
    case 'help':
      console.log(USAGE);
      return;
    case 'status':
      return showStatus();
    case 'stop':
      return stopRunning();
    case 'extension':
      await buildExtension({ repoRoot: REPOSITORY, outDir: stateFolder('extensions'), log: (line) => console.log(line) });
      console.log('Built: reload the browser.');
      return;
    case 'part':
      await askControl(stateFolder('control.sock'), 'POST', `/parts/${encodeURIComponent(options.name)}/${options.action}`);
      console.log(`${options.name}: ${options.action === 'stop' ? 'stopped' : 'started and ready'}`);
      return;
    case 'start':
      return start(options);
  }
}

try {
  await main();
} catch (error) {
  console.error(`\n${describeError(error)}`);
  process.exitCode = 1;
}
