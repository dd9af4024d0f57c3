import { runMain } from '@tartware/kit';
import { gateway } from './service.ts';

await runMain(gateway);
