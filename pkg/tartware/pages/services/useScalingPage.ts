import { formatNumber, formatReading, formatSeconds, rangeProblems, readingOf, scalingState } from '@tartware/domain';
import type { Autoscaler, PodRange, RangeProblem } from '@tartware/domain';
import { computed, watch } from 'vue';
import type { ComputedRef } from 'vue';
import { NAMESPACE } from '../../clients/kubernetes.ts';
import { roundTrackEnd } from '../../components/slider/slider.ts';
import { useAccess } from '../../composables/useAccess.ts';
import { useApply } from '../../composables/useApply.ts';
import type { Apply } from '../../composables/useApply.ts';
import { useAutoscalers } from '../../composables/useAutoscalers.ts';
import { useCapacity } from '../../composables/useCapacity.ts';
import type { Capacity } from '../../composables/useCapacity.ts';
import { useClients } from '../../composables/useClients.ts';
import { useServiceMetrics } from '../../composables/useMetrics.ts';
import type { ServiceMetrics } from '../../composables/useMetrics.ts';
import type { Polled } from '../../composables/usePolling.ts';
import { useScalingDrafts } from '../../composables/useScalingDrafts.ts';
import type { ScalingDrafts } from '../../composables/useScalingDrafts.ts';
import { useRancherStore, useText } from '../../composables/useText.ts';
import { useWords } from '../../composables/useWords.ts';
import type { Badge } from '../../composables/useWords.ts';

/** What a row of the page shows. */
export interface ServiceRowData {
  autoscaler: Autoscaler;
  badge: Badge;
  wanted: PodRange;
  problems: RangeProblem[];
  /** The largest maximum that quota leaves room for while the others stay as they are. */
  allowed: number | undefined;
  rps: string;
  p95: string;
}

export interface ScalingPage {
  autoscalers: Polled<Autoscaler[]>;
  all: ComputedRef<Autoscaler[]>;
  metrics: Polled<ServiceMetrics<'rps' | 'p95'>>;
  drafts: ScalingDrafts;
  apply: Apply;
  capacity: Capacity;
  rows: ComputedRef<ServiceRowData[]>;
  trackEnd: ComputedRef<number>;
  disabledReason: ComputedRef<string>;
  summary: ComputedRef<string>;
}

/** Brings together what the scaling page is made of; every decision lies in the domain. */
export function useScalingPage(): ScalingPage {
  const store = useRancherStore();
  const t = useText();
  const words = useWords();
  const { clusterId, kubernetes } = useClients();
  const autoscalers = useAutoscalers();
  const metrics = useServiceMetrics(['rps', 'p95']);
  const mayPatch = useAccess({ verb: 'patch', group: 'autoscaling', resource: 'horizontalpodautoscalers', namespace: NAMESPACE });
  const all = computed(() => autoscalers.data.value ?? []);
  const drafts = useScalingDrafts(`${ String(store.getters['auth/principalId']) } ${ clusterId }`, all);
  const capacity = useCapacity(all, drafts.wantedRange);
  const apply = useApply({ drafts, kubernetes, autoscalers: all, show });

  function show(name: string, newer: Autoscaler | undefined): void {
    autoscalers.replace(all.value.flatMap((autoscaler) => (autoscaler.name === name ? newer ?? [] : autoscaler)));
  }

  // The tray closes when all is taken back: Rancher's own way of telling says so.
  watch(apply.undone, (undone) => {
    const message = undone.map(({ name, base, wanted }) => `${ words.serviceName(name) }: ${ base.min }–${ base.max } → ${ wanted.min }–${ wanted.max }`).join(', ');

    if (message) void store.dispatch('growl/success', { title: t('services.applied.undone', { count: undone.length }), message }, { root: true });
  });

  function rowOf(autoscaler: Autoscaler): ServiceRowData {
    const draft = drafts.drafts.value.find(({ change }) => change.name === autoscaler.name);
    const wanted = drafts.wantedRange(autoscaler);
    const { rps, p95 } = metrics.data.value ?? {};
    const labels = { service: autoscaler.name };

    return {
      autoscaler,
      badge: draft?.conflict ? { status: 'warning', text: t('services.badge.conflict.text'), why: t('services.badge.conflict.why') } : words.state(autoscaler),
      wanted,
      problems: rangeProblems(wanted),
      allowed: capacity.report.value?.services.find(({ name }) => name === autoscaler.name)?.alone.pods,
      rps: formatReading(rps ? readingOf(rps, labels) : { state: 'absent' }, formatNumber),
      p95: formatReading(p95 ? readingOf(p95, labels) : { state: 'absent' }, formatSeconds),
    };
  }

  return {
    autoscalers,
    all,
    metrics,
    drafts,
    apply,
    capacity,
    rows: computed(() => all.value.map(rowOf)),
    trackEnd: computed(() => roundTrackEnd(Math.max(0, ...all.value.map(({ range }) => range.max)))),
    disabledReason: computed(() => (mayPatch.value?.allowed === false ? t('services.noRight', { namespace: NAMESPACE }) : '')),
    summary: computed(() => summaryOf(all.value, t)),
  };
}

/** One sentence: who stands at the limit, else how the page is read. */
function summaryOf(autoscalers: Autoscaler[], t: ReturnType<typeof useText>): string {
  const atMaximum = autoscalers.filter((autoscaler) => scalingState(autoscaler).name === 'at-maximum').length;

  return atMaximum > 0 ? t('services.summary.atMaximum', { count: atMaximum }) : t('services.summary.none');
}
