import { runMain } from '@tartware/kit';
import { billing } from './service.ts';

await runMain(billing);
