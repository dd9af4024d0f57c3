import { flushPromises, mount } from '@vue/test-utils';
import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RequestFailure } from '../../clients/failure.ts';
import { autoscalerObject } from '../../testing/autoscalers.ts';
import { fakeClients } from '../../testing/clients.ts';
import { testGlobal, testStore } from '../../testing/global.ts';
import ServicesPage from './ServicesPage.vue';

vi.mock('vue-router', async () => (await import('../../testing/global.ts')).routerMock);

let page: VueWrapper;
const dispatch = vi.fn().mockResolvedValue(undefined);

async function open(clients = fakeClients(), principalId = 'local://user-1'): Promise<VueWrapper> {
  page = mount(ServicesPage, { global: testGlobal({ clients, store: { ...testStore({ 'auth/principalId': principalId }), dispatch } }) });
  await flushPromises();

  return page;
}

const in_ = (row: string, testId: string) => page.get(`[data-testid="service-${ row }"] [data-testid="${ testId }"]`);
const at = (testId: string) => page.get(`[data-testid="${ testId }"]`);
const has = (testId: string) => page.find(`[data-testid="${ testId }"]`).exists();

afterEach(() => page.unmount());

describe('the scaling page', () => {
  it('has a row per service with its state, pods, usage against target and requests', async () => {
    await open();

    expect(in_('core', 'state').text()).toBe('Healthy');
    expect(in_('core', 'replicas').text()).toBe('20');
    expect(in_('core', 'usage-cpu').text()).toBe('60 % / 70 %');
    expect(in_('core', 'rps').text()).toBe('1.2k');
    expect(in_('rooms', 'rps').text()).toBe('n/a');
    expect(has('tray')).toBe(false);
  });

  it('gathers a change by slider and one by field in one tray', async () => {
    await open();
    await in_('core', 'slider-min').trigger('keydown', { key: 'PageUp' });
    await in_('rooms', 'field-max').setValue('60');

    expect(at('tray-title').text()).toBe('2 changes not applied');
    expect(at('draft-core').text()).toContain('min 8 → 18');
    expect(at('draft-rooms').text()).toContain('max 45 → 60');
    expect(at('owner-release').text()).toBe('Helm release tartware');
    expect(at('apply').attributes()).not.toHaveProperty('disabled');
  });

  it('says what the changes come to, whether they fit, what binds first and how far it goes', async () => {
    await open();
    expect(in_('core', 'slider-max').attributes('aria-valuetext')).toBe('80 pods, quota allows 93');
    await in_('core', 'field-min').setValue('30');
    await in_('core', 'field-max').setValue('110');

    expect(at('change-sum').text()).toBe('+10 pods at once. +10 cores and +10 Gi requested. The maximum in all changes by +30 pods.');
    expect(at('fit-verdict').text()).toBe('Does not fit the quota');
    expect(at('fit-binding').text()).toBe('All services at their maximum need 155 cores of 100 cores (requests.cpu, quota tartware).');
    expect(at('fit-up-to').text()).toBe('Core: up to 93 of 110 while the others stay as they are, 55 with all at their maximum.');
  });

  it('says so where the quota cannot be read', async () => {
    const clients = fakeClients();

    clients.kubernetes.listQuotas.mockRejectedValue(new RequestFailure('FORBIDDEN', 'no', { status: 403, request: 'GET resourcequotas' }));
    await open(clients);
    await in_('core', 'slider-min').trigger('keydown', { key: 'ArrowRight' });

    expect(at('fit-unknown').text()).toContain('Cannot be told: FORBIDDEN');
    expect(at('apply').attributes()).not.toHaveProperty('disabled');
  });

  it.each([
    ['0', 'HPAScaleToZero'], ['81', 'above the maximum'], ['', 'not a whole number'], ['20000', 'above 10000'],
  ])('says at the field what is wrong with a minimum of "%s" and applies nothing', async (value, message) => {
    await open();
    await in_('core', 'field-min').setValue(value);

    expect(in_('core', 'problem-min').text()).toContain(message);
    expect(in_('core', 'field-min').attributes('aria-invalid')).toBe('true');
    expect(at('apply').attributes()).toHaveProperty('disabled');
    expect(at('apply-blocked').text()).toBe('Put the marked fields right first.');
  });

  it('applies, shows the new range, and can undo', async () => {
    const clients = fakeClients();

    clients.kubernetes.patchAutoscaler.mockResolvedValueOnce(autoscalerObject('core', { min: 18 })).mockResolvedValueOnce(autoscalerObject('core'));
    await open(clients);
    await in_('core', 'slider-min').trigger('keydown', { key: 'PageUp' });
    await at('apply').trigger('click');
    await flushPromises();
    expect(at('applied-core').text()).toContain('8–80 → 18–80');
    expect((in_('core', 'field-min').element as HTMLInputElement).value).toBe('18');

    await at('undo').trigger('click');
    await flushPromises();
    expect((in_('core', 'field-min').element as HTMLInputElement).value).toBe('8');
    expect(has('tray')).toBe(false);
    expect(dispatch).toHaveBeenCalledWith('growl/success', { title: '1 change taken back', message: 'Core: 18–80 → 8–80' }, { root: true });
  });

  it('can still undo after a look at another page, and shows nothing of it to another user', async () => {
    const clients = fakeClients();

    clients.kubernetes.patchAutoscaler.mockResolvedValue(autoscalerObject('core', { min: 18 }));
    await open(clients);
    await in_('core', 'slider-min').trigger('keydown', { key: 'PageUp' });
    await at('apply').trigger('click');
    await flushPromises();
    page.unmount();

    await open(clients, 'local://user-2');
    expect(has('tray')).toBe(false);
    page.unmount();

    await open(clients);
    expect(at('applied-core').text()).toContain('8–80 → 18–80');
    expect(at('undo').attributes()).not.toHaveProperty('disabled');
  });

  it('shows a conflict as yours, theirs and base, and goes on once chosen', async () => {
    const clients = fakeClients();

    clients.kubernetes.patchAutoscaler.mockRejectedValue(new RequestFailure('REJECTED', 'no', { status: 422, request: 'PATCH core' }));
    clients.kubernetes.readAutoscaler.mockResolvedValue(autoscalerObject('core', { max: 90 }));
    await open(clients);
    await in_('core', 'slider-min').trigger('keydown', { key: 'ArrowRight' });
    await at('apply').trigger('click');
    await flushPromises();
    expect(at('conflict').text()).toContain('Yours: 9–80. Theirs: 8–90. It was 8–80 when you began.');
    expect(in_('core', 'state').text()).toBe('Changed elsewhere');
    expect(at('apply').attributes()).toHaveProperty('disabled');

    expect(at('keep-mine').text()).toBe('Apply mine on top, 9–90');

    await at('keep-mine').trigger('click');
    expect(at('draft-core').text()).toContain('min 8 → 9');
    expect(at('draft-core').text()).not.toContain('max');
    expect(at('apply').attributes()).not.toHaveProperty('disabled');
    await at('discard').trigger('click');
    expect(has('tray')).toBe(false);
  });

  it('keeps the change and says why when applying fails', async () => {
    const clients = fakeClients();

    clients.kubernetes.patchAutoscaler.mockRejectedValue(new RequestFailure('UNREACHABLE', 'Network Error', { request: 'PATCH core' }));
    await open(clients);
    await in_('core', 'slider-min').trigger('keydown', { key: 'ArrowRight' });
    await at('apply').trigger('click');
    await flushPromises();

    expect(at('draft-failure').text()).toContain('UNREACHABLE Network Error');
    expect(at('draft-core').text()).toContain('min 8 → 9');
  });

  it('shows who lacks the right which one, with every control in its place and disabled', async () => {
    const clients = fakeClients();

    clients.kubernetes.canI.mockImplementation(async ({ verb }) => ({ allowed: verb !== 'patch', reason: '' }));
    await open(clients);

    expect(at('no-right').text()).toContain('patch horizontalpodautoscalers.autoscaling');
    for (const control of ['slider-min', 'slider-max', 'field-min', 'field-max']) expect(in_('core', control).attributes()).toHaveProperty('disabled');
  });

  it('lets nobody apply who has lost the right since the change was begun', async () => {
    const clients = fakeClients();

    await open(clients);
    await in_('core', 'field-max').setValue('90');
    page.unmount();
    clients.kubernetes.canI.mockImplementation(async ({ verb }) => ({ allowed: verb !== 'patch', reason: '' }));
    await open(clients);
    expect(at('apply').attributes()).toHaveProperty('disabled');
    expect(at('apply-blocked').text()).toContain('patch horizontalpodautoscalers.autoscaling');
    page.unmount();

    clients.kubernetes.listAutoscalers.mockResolvedValue([autoscalerObject('core', { max: 85 })]);
    await open(clients);
    expect(at('keep-mine').attributes()).toHaveProperty('disabled');
  });
});
