/** Brings what the tests run for real: the Go parts (control plane, helm, Prometheus, …), built, and the definitions of other projects' kinds; minutes once, then nothing. */
import { ensureCrds } from '../sandbox/build/crds.ts';
import { ensureBinaries } from '../sandbox/build/go.ts';

await ensureCrds((set) => console.log(`fetching the CustomResourceDefinitions of ${ set }`));
console.log(await ensureBinaries((folder) => console.log(`building ${ folder }`)));
