import { runMain } from '@tartware/kit';
import { reservations } from './service.ts';

await runMain(reservations);
