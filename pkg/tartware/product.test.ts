import { CONDITION_REASONS, conditionMeaning } from '@tartware/domain';
import { describe, expect, it } from 'vitest';
import { explorerGroup, pages, product } from './product.ts';
import { text } from './testing/global.ts';

describe('registration', () => {
  it('shows the same pages under a product of its own and inside Cluster Explorer', () => {
    expect(product.name).toBe('tartware');
    expect(explorerGroup.sideMenu.children).toBe(pages);
  });

  it('names its pages so that no other extension has the same path', () => {
    expect(pages.map(({ name }) => name)).toEqual(['tartware-overview', 'tartware-services', 'tartware-autoscaling']);
  });

  it('has a text for every label', () => {
    for (const { labelKey } of [product, explorerGroup, ...pages]) expect(text(labelKey ?? '')).not.toBe('');
  });
});

describe('the strings', () => {
  it.each(CONDITION_REASONS)('explain an autoscaler\'s condition %s', (reason) => {
    const { key } = conditionMeaning({ type: '', status: 'True', reason, message: '', lastTransitionTime: undefined });

    expect(text(`tartware.${ key }`)).not.toBe('');
  });

  it.each(['unknown', 'unable', 'disabled', 'at-maximum', 'scaling-up', 'scaling-down', 'steady'])('name the state %s', (state) => {
    expect(text(`tartware.scalingState.${ state }.text`)).not.toBe('');
    expect(text(`tartware.scalingState.${ state }.why`)).not.toBe('');
  });
});
