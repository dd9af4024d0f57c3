import { describeError } from '../errors.ts';
import { SESSION_TTL_MINUTES } from '../rancher/settings.ts';
import { createEdge } from './edge.ts';
import { parseFlags } from './flags.ts';
import { readUsers } from './identity/users.ts';

try {
  const { port, users, ...flags } = parseFlags(process.argv.slice(2));
  const edge = await createEdge({ ...flags, users: readUsers(users), sessionTtlMs: SESSION_TTL_MINUTES * 60_000 });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void edge.close());
  console.log(`Rancher-API edge on ${await edge.listen({ host: '127.0.0.1', port })}`);
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}
