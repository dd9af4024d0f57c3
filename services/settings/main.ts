import { runMain } from '@tartware/kit';
import { settings } from './service.ts';

await runMain(settings);
