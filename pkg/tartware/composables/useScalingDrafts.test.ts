import { parseAutoscaler } from '@tartware/domain';
import type { Autoscaler } from '@tartware/domain';
import { nextTick, shallowRef } from 'vue';
import type { ShallowRef } from 'vue';
import { beforeEach, describe, expect, it } from 'vitest';
import { autoscalerObject } from '../testing/autoscalers.ts';
import { useScalingDrafts } from './useScalingDrafts.ts';
import type { ScalingDrafts } from './useScalingDrafts.ts';

const core = (range: { min?: number; max?: number; uid?: string } = {}) => parseAutoscaler(autoscalerObject('core', range));
const rooms = () => parseAutoscaler(autoscalerObject('rooms', { min: 5, max: 45 }));

let live: ShallowRef<Autoscaler[]>;
let drafts: ScalingDrafts;
let cluster = 0;

beforeEach(() => {
  cluster += 1;
  live = shallowRef([core(), rooms()]);
  drafts = useScalingDrafts(`c-${ cluster }`, live);
});

describe('useScalingDrafts', () => {
  it('gathers changes across services and remembers what each began from', () => {
    drafts.want(core(), { min: 20, max: 80 });
    drafts.want(core(), { min: 20, max: 110 });
    drafts.want(rooms(), { min: 5, max: 60 });

    expect(drafts.drafts.value.map(({ change }) => change)).toEqual([
      { name: 'core', uid: 'uid-core', base: { min: 8, max: 80 }, wanted: { min: 20, max: 110 } },
      { name: 'rooms', uid: 'uid-rooms', base: { min: 5, max: 45 }, wanted: { min: 5, max: 60 } },
    ]);
    expect(drafts.wantedRange(core())).toEqual({ min: 20, max: 110 });
  });

  it('is no change any more when the old range is wanted back', () => {
    drafts.want(core(), { min: 20, max: 80 });
    drafts.want(core(), { min: 8, max: 80 });

    expect(drafts.drafts.value).toEqual([]);
  });

  it('keeps what is wrong and says so', () => {
    drafts.want(core(), { min: 90, max: 80 });

    expect(drafts.drafts.value[0]?.problems).toEqual([expect.objectContaining({ code: 'RANGE_MIN_ABOVE_MAX', field: 'min' })]);
  });

  it('shows yours, theirs and base when somebody else changes the range, and offers both ways out', async () => {
    drafts.want(core(), { min: 20, max: 80 });
    live.value = [core({ max: 90 }), rooms()];
    await nextTick();
    expect(drafts.drafts.value[0]?.conflict).toEqual({
      kind: 'changed', base: { min: 8, max: 80 }, yours: { min: 20, max: 80 }, theirs: { min: 8, max: 90 }, fields: ['max'],
    });

    drafts.keepMine(core({ max: 90 }));
    expect(drafts.drafts.value[0]).toMatchObject({ conflict: undefined, change: { base: { min: 8, max: 90 }, wanted: { min: 20, max: 90 } } });
    drafts.drop('core');
    expect(drafts.drafts.value).toEqual([]);
  });

  it('says what is wrong when mine and theirs do not go together', () => {
    drafts.want(core(), { min: 8, max: 10 });
    live.value = [core({ min: 20 }), rooms()];
    drafts.keepMine(core({ min: 20 }));

    expect(drafts.drafts.value[0]).toMatchObject({ change: { wanted: { min: 20, max: 10 } }, problems: [{ code: 'RANGE_MIN_ABOVE_MAX' }] });
  });

  it('lets go of a change that has come true by other hands', async () => {
    drafts.want(core(), { min: 20, max: 80 });
    live.value = [core({ min: 20 }), rooms()];
    await nextTick();

    expect(drafts.drafts.value).toEqual([]);
  });

  it('says that the autoscaler is gone, or another one', () => {
    drafts.want(core(), { min: 20, max: 80 });
    live.value = [rooms()];
    expect(drafts.drafts.value[0]?.conflict?.kind).toBe('gone');
    live.value = [core({ uid: 'another' }), rooms()];
    expect(drafts.drafts.value[0]?.conflict?.kind).toBe('replaced');
  });

  it('is still there when the page is opened again, and only for its cluster', () => {
    drafts.want(core(), { min: 20, max: 80 });

    expect(useScalingDrafts(`c-${ cluster }`, live).drafts.value).toHaveLength(1);
    expect(useScalingDrafts('another', live).drafts.value).toHaveLength(0);
  });
});
