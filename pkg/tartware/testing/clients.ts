import { vi } from 'vitest';
import type { Clients } from '../composables/useClients.ts';
import { autoscalerObject, deploymentObject, quotaObject, vectorAnswer } from './autoscalers.ts';

type FakeClients = Clients & { kubernetes: { [Method in keyof Clients['kubernetes']]: ReturnType<typeof vi.fn<Clients['kubernetes'][Method]>> } };

let cluster = 0;

/** Clients that answer like a cluster in which all is well; a test overrides what it is about. Each has a cluster of its own, so that no drafts are shared. */
export function fakeClients(): FakeClients {
  cluster += 1;

  return {
    clusterId: `test-${ cluster }`,
    kubernetes: {
      listAutoscalers: vi.fn().mockResolvedValue([autoscalerObject('core'), autoscalerObject('rooms', { min: 5, max: 45, current: 7 })]),
      listDeployments: vi.fn().mockResolvedValue([deploymentObject('core'), deploymentObject('rooms')]),
      listQuotas: vi.fn().mockResolvedValue([quotaObject({ 'requests.cpu': '100', pods: '200' }, { 'requests.cpu': '27', pods: '27' })]),
      readAutoscaler: vi.fn(),
      patchAutoscaler: vi.fn(),
      readSandboxNotice: vi.fn().mockResolvedValue(undefined),
      canI: vi.fn().mockResolvedValue({ allowed: true, reason: '' }),
    },
    prometheus: {
      query: vi.fn().mockResolvedValue(vectorAnswer({ core: 1200 })),
      queryRange: vi.fn().mockResolvedValue({ warnings: [], series: [] }),
    },
  };
}
