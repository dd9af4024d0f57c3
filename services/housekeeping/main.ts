import { runMain } from '@tartware/kit';
import { housekeeping } from './service.ts';

await runMain(housekeeping);
