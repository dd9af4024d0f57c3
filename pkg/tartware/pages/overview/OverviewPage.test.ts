import { flushPromises, mount } from '@vue/test-utils';
import { expect, it, vi } from 'vitest';
import { autoscalerObject, vectorAnswer } from '../../testing/autoscalers.ts';
import { fakeClients } from '../../testing/clients.ts';
import { testGlobal } from '../../testing/global.ts';
import OverviewPage from './OverviewPage.vue';

vi.mock('vue-router', async () => (await import('../../testing/global.ts')).routerMock);
vi.mock('./TrendsSection.vue', () => ({ default: { template: '<div />' } }));

it('shows the same figure of the gateway as the total and in its row, whatever the trend ends with', async () => {
  const clients = fakeClients();

  clients.kubernetes.listAutoscalers.mockResolvedValue([autoscalerObject('api-gateway'), autoscalerObject('core')]);
  clients.prometheus.query = vi.fn().mockResolvedValue(vectorAnswer({ 'api-gateway': 0.25, core: 0.75 }));
  clients.prometheus.queryRange = vi.fn().mockResolvedValue({ warnings: [], series: [{ labels: {}, points: [[0, 0.5]] }] });
  const page = mount(OverviewPage, { global: testGlobal({ clients }) });

  await flushPromises();
  expect(['rps', 'p95', 'p99', 'errors'].map((name) => page.get(`[data-testid="total-${ name }"] [data-testid="value"]`).text())).toEqual(['0.25', '250 ms', '250 ms', '25 %']);
  page.unmount();
});
