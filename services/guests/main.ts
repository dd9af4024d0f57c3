import { runMain } from '@tartware/kit';

await runMain({ name: 'guests' });
