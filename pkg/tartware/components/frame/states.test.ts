import { flushPromises, mount } from '@vue/test-utils';
import type { VueWrapper } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RequestFailure } from '../../clients/failure.ts';
import ServicesPage from '../../pages/services/ServicesPage.vue';
import { fakeClients } from '../../testing/clients.ts';
import { testGlobal } from '../../testing/global.ts';

vi.mock('vue-router', async () => (await import('../../testing/global.ts')).routerMock);

let page: VueWrapper;
let clients: ReturnType<typeof fakeClients>;

async function open(): Promise<void> {
  page = mount(ServicesPage, { global: testGlobal({ clients }) });
  await vi.advanceTimersByTimeAsync(0);
  await flushPromises();
}

const at = (testId: string) => page.get(`[data-testid="${ testId }"]`);
const has = (testId: string) => page.find(`[data-testid="${ testId }"]`).exists();
const failure = (code: ConstructorParameters<typeof RequestFailure>[0], status?: number) => new RequestFailure(code, 'the server said so', { status, request: 'GET /x' });

beforeEach(() => {
  vi.useFakeTimers();
  clients = fakeClients();
});

afterEach(() => {
  page.unmount();
  vi.useRealTimers();
});

describe('a page\'s states', () => {
  it('is loading until the first answer', async () => {
    clients.kubernetes.listAutoscalers.mockReturnValue(new Promise(() => undefined));
    await open();
    expect(has('state-loading')).toBe(true);
  });

  it('says what to install where nothing of Tartware is', async () => {
    clients.kubernetes.listAutoscalers.mockResolvedValue([]);
    await open();
    expect(at('state-absent').text()).toContain('Tartware is not installed in this cluster.');
  });

  it('names the right that is missing, and rests instead of asking again every two seconds', async () => {
    clients.kubernetes.listAutoscalers.mockRejectedValue(failure('FORBIDDEN', 403));
    await open();
    expect(at('state-forbidden').text()).toContain('You may not list horizontalpodautoscalers.autoscaling in the namespace tartware-system.');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(clients.kubernetes.listAutoscalers).toHaveBeenCalledTimes(1);
  });

  it('shows code, message, hint and a way to try again when the first answer fails', async () => {
    clients.kubernetes.listAutoscalers.mockRejectedValueOnce(failure('UNAVAILABLE', 503));
    await open();
    expect(at('state-details').text()).toBe('UNAVAILABLE HTTP 503 GET /x: the server said so');
    expect(at('state-hint').text()).toContain('no ready pod');
    await at('state-retry').trigger('click');
    await flushPromises();
    expect(has('service-core')).toBe(true);
  });

  it('keeps old data on screen and says since when they are old', async () => {
    await open();
    clients.kubernetes.listAutoscalers.mockRejectedValue(failure('UNREACHABLE'));
    await vi.advanceTimersByTimeAsync(2000);
    expect(at('state-stale').text()).toContain('The autoscalers have not been heard of since');
    expect(has('service-core')).toBe(true);
  });

  it('goes on without Prometheus, with the old figures and the time they are from', async () => {
    await open();
    vi.mocked(clients.prometheus.query).mockRejectedValue(failure('UNAVAILABLE', 503));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(at('metrics-stale').text()).toContain('Prometheus has not answered since');
    expect(at('rps').text()).toBe('1.2k');
  });

  it('asks nothing of Prometheus without the right to, and names it', async () => {
    clients.kubernetes.canI.mockImplementation(async ({ subresource }) => ({ allowed: subresource !== 'proxy', reason: '' }));
    await open();
    expect(at('metrics-forbidden').text()).toContain('"get" on services/proxy of rancher-monitoring-prometheus');
    expect(clients.prometheus.query).not.toHaveBeenCalled();
  });

  it('shows the sandbox\'s own words about itself, and nothing in a real cluster', async () => {
    clients.kubernetes.readSandboxNotice.mockResolvedValue('100 nodes are simulated.');
    await open();
    expect(at('sandbox-banner').text()).toBe('100 nodes are simulated.');
    page.unmount();
    clients = fakeClients();
    await open();
    expect(has('sandbox-banner')).toBe(false);
  });
});
