import { mount } from '@vue/test-utils';
import type { VueWrapper } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { testGlobal } from '../../testing/global.ts';
import RangeSlider from './RangeSlider.vue';

function slider(props: Partial<InstanceType<typeof RangeSlider>['$props']> = {}): VueWrapper {
  return mount(RangeSlider, {
    props: { service: 'Core', min: 12, max: 80, wasMin: 8, wasMax: 80, current: 30, allowed: 114, trackEnd: 200, disabled: false, ...props },
    global: testGlobal(),
  });
}

const thumb = (wrapper: VueWrapper, name: 'min' | 'max') => wrapper.get(`[data-testid="slider-${ name }"]`);

describe('RangeSlider', () => {
  it('is two native range inputs that say their value, the former one and what quota allows', () => {
    const wrapper = slider();

    expect(thumb(wrapper, 'min').attributes()).toMatchObject({
      type: 'range', min: '1', max: '200', 'aria-label': 'Minimum pods of Core', 'aria-valuetext': '12 pods, was 8, quota allows 114',
    });
    expect(thumb(wrapper, 'max').attributes('aria-valuetext')).toBe('80 pods, quota allows 114');
  });

  it.each([
    ['ArrowRight', 13], ['ArrowLeft', 11], ['PageUp', 22], ['PageDown', 2], ['Home', 1], ['End', 80],
  ])('moves the minimum on %s to %i', async (key, expected) => {
    const wrapper = slider();

    await thumb(wrapper, 'min').trigger('keydown', { key });
    expect(wrapper.emitted('update:min')).toEqual([[expected]]);
  });

  it('lets no thumb pass the other', async () => {
    const wrapper = slider({ min: 80, max: 80 });

    await thumb(wrapper, 'max').trigger('keydown', { key: 'ArrowLeft' });
    await thumb(wrapper, 'min').trigger('keydown', { key: 'ArrowRight' });
    expect(wrapper.emitted()).not.toHaveProperty('update:min');
    expect(wrapper.emitted()).not.toHaveProperty('update:max');
  });

  it('follows the pointer and springs back to the other thumb', async () => {
    const wrapper = slider();
    const input = thumb(wrapper, 'min').element as HTMLInputElement;

    await thumb(wrapper, 'min').setValue('50');
    expect(wrapper.emitted('update:min')).toEqual([[50]]);
    await thumb(wrapper, 'min').setValue('120');
    expect(wrapper.emitted('update:min')).toEqual([[50], [80]]);
    expect(input.value).toBe('80');
  });

  it('cannot be moved without the right to', () => {
    expect(thumb(slider({ disabled: true }), 'min').attributes()).toHaveProperty('disabled');
  });

  it('leaves Tab to the browser', async () => {
    const wrapper = slider();

    await thumb(wrapper, 'min').trigger('keydown', { key: 'Tab' });
    expect(wrapper.emitted()).not.toHaveProperty('update:min');
  });
});
