import { runMain } from '@tartware/kit';
import { rooms } from './service.ts';

await runMain(rooms);
