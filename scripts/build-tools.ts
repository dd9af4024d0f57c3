/** Builds what the tests run for real (control plane, helm, Prometheus, …) unless the cache has it: minutes once, then nothing. */
import { ensureBinaries } from '../sandbox/build/go.ts';

console.log(await ensureBinaries((folder) => console.log(`building ${ folder }`)));
