import { runMain } from '@tartware/kit';
import { guests } from './service.ts';

await runMain(guests);
