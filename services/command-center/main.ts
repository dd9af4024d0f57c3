import { runMain } from '@tartware/kit';
import { commandCenter } from './service.ts';

await runMain(commandCenter);
