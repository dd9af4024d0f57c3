/** A service as small as can be, run as a process of its own by the tests of start and shutdown. Its last line says how many requests it took and answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { runMain } from '../main.ts';

const counts = { received: 0, answered: 0 };

await runMain({
  name: 'trial',
  start: () => ({
    routes(app) {
      app.addHook('onResponse', (_request, _reply, done) => {
        counts.answered += 1;
        done();
      });
      app.get('/v1/work', async () => {
        counts.received += 1;
        // Every fortieth outlasts the time of draining in the rollout test, so that some still run when the server closes.
        await sleep(counts.received % 40 === 0 ? 800 : 5 + (counts.received % 30));
        return { pid: process.pid };
      });
      app.get('/v1/crash', () => {
        setImmediate(() => {
          throw new Error('nothing caught this');
        });
        return { crashing: true };
      });
    },
    close: () => Promise.resolve(void process.stdout.write(`${JSON.stringify(counts)}\n`)),
  }),
});
