import { expect, test } from 'vitest';
import { parseOptions } from './options.ts';

const needed = ['--kubeconfig=/k', '--address=192.0.2.2', '--tls-cert=/c', '--tls-key=/y', '--client-ca=/a', '--images=/i', '--log-dir=/l', '--root=/r'];

test('what is not said has a default', () => {
  expect(parseOptions(needed)).toMatchObject({ nodeName: 'tartware-real', port: 16250, cpu: '32', memory: '64Gi', pods: 110, seatAfterMs: 10_000, stateFile: '/l/agent.json' });
});

test.each([
  ['a missing flag', needed.slice(1)],
  ['a flag nobody knows', [...needed, '--colour=red']],
  ['a port that is no number', [...needed, '--port=http']],
])('%s is refused with the way to call it', (_, argv) => {
  expect(() => parseOptions(argv)).toThrow(expect.objectContaining({ code: 'INVALID_AGENT_OPTIONS', hint: expect.stringContaining('--kubeconfig') }));
});
