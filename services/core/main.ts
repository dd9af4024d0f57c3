import { runMain } from '@tartware/kit';
import { core } from './service.ts';

await runMain(core);
