import { parseAutoscaler } from '@tartware/domain';
import type { Autoscaler, JsonPatchOperation } from '@tartware/domain';
import { shallowRef } from 'vue';
import type { ShallowRef } from 'vue';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RequestFailure } from '../clients/failure.ts';
import { autoscalerObject } from '../testing/autoscalers.ts';
import { useApply } from './useApply.ts';
import type { Apply } from './useApply.ts';
import { useScalingDrafts } from './useScalingDrafts.ts';
import type { ScalingDrafts } from './useScalingDrafts.ts';

const rejected = new RequestFailure('REJECTED', 'the server rejected our request', { status: 422, request: 'PATCH core' });
const core = () => parseAutoscaler(autoscalerObject('core'));
const rooms = () => parseAutoscaler(autoscalerObject('rooms', { min: 5, max: 45 }));

let live: ShallowRef<Autoscaler[]>;
let drafts: ScalingDrafts;
let apply: Apply;
let cluster = 0;
const patchAutoscaler = vi.fn<(name: string, patch: JsonPatchOperation[]) => Promise<unknown>>();
const readAutoscaler = vi.fn<(name: string) => Promise<unknown>>();

beforeEach(() => {
  cluster += 1;
  patchAutoscaler.mockReset();
  readAutoscaler.mockReset();
  live = shallowRef([core(), rooms()]);
  drafts = useScalingDrafts(`apply-${ cluster }`, live);
  apply = useApply({
    drafts,
    autoscalers: live,
    kubernetes: { patchAutoscaler, readAutoscaler },
    show: (name, newer) => { live.value = live.value.flatMap((autoscaler) => (autoscaler.name === name ? newer ?? [] : autoscaler)); },
  });
  drafts.want(core(), { min: 20, max: 110 });
});

describe('apply', () => {
  it('patches under guard of the uid and the old values, and shows the answer at once', async () => {
    patchAutoscaler.mockResolvedValue(autoscalerObject('core', { min: 20, max: 110 }));
    await apply.apply();

    expect(patchAutoscaler).toHaveBeenCalledWith('core', [
      { op: 'test', path: '/metadata/uid', value: 'uid-core' },
      { op: 'test', path: '/spec/minReplicas', value: 8 },
      { op: 'test', path: '/spec/maxReplicas', value: 80 },
      { op: 'replace', path: '/spec/minReplicas', value: 20 },
      { op: 'replace', path: '/spec/maxReplicas', value: 110 },
    ]);
    expect(live.value[0]?.range).toEqual({ min: 20, max: 110 });
    expect(drafts.drafts.value).toEqual([]);
    expect(apply.applied.value.map(({ name }) => name)).toEqual(['core']);
  });

  it('reports per object: one goes through, the other stays a change and says why', async () => {
    drafts.want(rooms(), { min: 5, max: 60 });
    patchAutoscaler.mockImplementation((name) => (name === 'rooms'
      ? Promise.resolve(autoscalerObject('rooms', { min: 5, max: 60 }))
      : Promise.reject(new RequestFailure('FORBIDDEN', 'no', { status: 403, request: 'PATCH core' }))));
    await apply.apply();

    expect(apply.applied.value.map(({ name }) => name)).toEqual(['rooms']);
    expect(drafts.drafts.value.map(({ change }) => change.name)).toEqual(['core']);
    expect(apply.failureOf(drafts.drafts.value[0]!.change)?.code).toBe('FORBIDDEN');
  });

  it('looks again after a refusal and shows what somebody else has set', async () => {
    patchAutoscaler.mockRejectedValue(rejected);
    readAutoscaler.mockResolvedValue(autoscalerObject('core', { min: 8, max: 90 }));
    await apply.apply();

    expect(drafts.drafts.value[0]?.conflict).toMatchObject({ kind: 'changed', theirs: { min: 8, max: 90 } });
    expect(apply.ready.value).toEqual([]);
  });

  it('tells a refusal for another reason apart from a conflict', async () => {
    patchAutoscaler.mockRejectedValue(rejected);
    readAutoscaler.mockResolvedValue(autoscalerObject('core'));
    await apply.apply();

    expect(drafts.drafts.value[0]?.conflict).toBeUndefined();
    expect(apply.failureOf(drafts.drafts.value[0]!.change)).toBe(rejected);
    drafts.want(core(), { min: 21, max: 110 });
    expect(apply.failureOf(drafts.drafts.value[0]!.change)).toBeUndefined();
  });

  it('notices that the autoscaler has vanished', async () => {
    const notFound = new RequestFailure('NOT_FOUND', 'not found', { status: 404, request: 'PATCH core' });

    patchAutoscaler.mockRejectedValue(notFound);
    readAutoscaler.mockRejectedValue(notFound);
    await apply.apply();

    expect(drafts.drafts.value[0]?.conflict?.kind).toBe('gone');
  });

  it('never sends what is wrong', async () => {
    drafts.want(core(), { min: 0, max: 110 });
    await apply.apply();

    expect(patchAutoscaler).not.toHaveBeenCalled();
  });
});

describe('undo', () => {
  beforeEach(async () => {
    patchAutoscaler.mockResolvedValueOnce(autoscalerObject('core', { min: 20, max: 110 }));
    await apply.apply();
  });

  it('puts the old range back under guard of the new one', async () => {
    patchAutoscaler.mockResolvedValueOnce(autoscalerObject('core'));
    await apply.undo();

    expect(patchAutoscaler.mock.calls[1]?.[1]).toContainEqual({ op: 'test', path: '/spec/maxReplicas', value: 110 });
    expect(live.value[0]?.range).toEqual({ min: 8, max: 80 });
    expect(apply.applied.value).toEqual([]);
    expect(apply.undone.value).toEqual([{ name: 'core', uid: 'uid-core', base: { min: 20, max: 110 }, wanted: { min: 8, max: 80 } }]);
  });

  it('stays possible after an Apply that changed nothing, and gives way to one that did', async () => {
    drafts.want(rooms(), { min: 5, max: 60 });
    patchAutoscaler.mockRejectedValueOnce(new RequestFailure('UNREACHABLE', 'no', { request: 'PATCH rooms' }));
    await apply.apply();
    expect(apply.applied.value.map(({ name }) => name)).toEqual(['core']);
    expect(drafts.drafts.value.map(({ change }) => change.name)).toEqual(['rooms']);

    patchAutoscaler.mockResolvedValueOnce(autoscalerObject('rooms', { min: 5, max: 60 }));
    await apply.apply();
    expect(apply.applied.value.map(({ name }) => name)).toEqual(['rooms']);
  });

  it('stays possible and says why when it fails', async () => {
    patchAutoscaler.mockRejectedValueOnce(rejected);
    readAutoscaler.mockResolvedValueOnce(autoscalerObject('core', { min: 30, max: 110 }));
    await apply.undo();

    expect(apply.applied.value).toHaveLength(1);
    expect(apply.failureOf(apply.applied.value[0]!)).toBe(rejected);
    expect(live.value[0]?.range).toEqual({ min: 30, max: 110 });
  });
});
