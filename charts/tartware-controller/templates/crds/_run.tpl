{{/* Of a run: that its spec does not change, and what its status holds. */}}

{{- define "tartware-controller.rules.run" -}}
- rule: has(self.profileRef) || (has(self.engine) && has(self.target) && has(self.load))
  message: give profileRef, or all of engine, target and load
{{- range list "profileRef" "engine" "target" "load" "generator" "script" "objectives" "baseline" "abortWhen" "deadlines" }}
- rule: has(self.{{ . }}) == has(oldSelf.{{ . }})
  message: "{{ . }} is immutable: a run is one run. Delete it and create another; only stop may change"
{{- end }}
{{- end -}}

{{/*
The properties that a run shares with a profile, none of which may change. The rule stands at each of them: there the API server knows
how large the two sides can be, and so what the comparison costs.
*/}}
{{- define "tartware-controller.schema.fixed" -}}
{{- $properties := include "tartware-controller.schema.template" . | fromYaml -}}
{{- range $name, $schema := $properties -}}
{{- $rule := dict "rule" "self == oldSelf" "message" (printf "%s is immutable: a run is one run. Delete it and create another; only stop may change" $name) -}}
{{- $_ := set $schema "x-kubernetes-validations" (append (get $schema "x-kubernetes-validations" | default list) $rule) -}}
{{- end -}}
{{- toYaml $properties -}}
{{- end -}}

{{- define "tartware-controller.status.progress" -}}
progress:
  type: object
  description: The run while it is on; every 5 seconds at most. Live series come from the controller's own address.
  properties:
    at: { type: string, format: date-time, description: When this was so. }
    stage: { type: integer, description: "Which stage, from 0." }
    targetRps: { type: integer, description: Requests per second that are to be started. }
    rps: { type: number, description: Requests per second that are started. }
    users: { type: integer, description: Requests under way. }
    p50: { type: number, description: Milliseconds. }
    p95: { type: number, description: Milliseconds. }
    p99: { type: number, description: Milliseconds. }
    errorRatio: { type: number, description: From 0 to 1. }
    workers:
      type: object
      description: The generator.
      properties:
        expected: { type: integer, description: Planned. }
        ready: { type: integer, description: At work. }
        lost: { type: integer, description: Gone for good. }
        maxCpu: { type: number, description: "Share of its core that the busiest one uses, from 0 to 1." }
{{- end -}}

{{- define "tartware-controller.status.summary" -}}
summary:
  type: object
  description: The steady window, without warm-up.
  properties:
    requests: { type: integer, format: int64, description: Answered or failed. }
    failures: { type: integer, format: int64, description: Of them failed. }
    rps: { type: number, description: Achieved. }
    p50: { type: number, description: Milliseconds. }
    p95: { type: number, description: Milliseconds. }
    p99: { type: number, description: Milliseconds. }
    p999: { type: number, description: Milliseconds. }
    max: { type: number, description: Milliseconds. }
    {{- range $what, $of := dict "replicas" "Pods of the watched workloads." "nodes" "Nodes of the cluster." }}
    {{ $what }}:
      type: object
      description: {{ $of }}
      properties:
        min: { type: integer, description: The fewest. }
        max: { type: integer, description: The most. }
    {{- end }}
    rpsPerPod: { type: number, description: Achieved requests per second by ready pod. }
    scaleLagSeconds: { type: number, description: From the load's rise to the pods that carry it. }
{{- end -}}

{{- define "tartware-controller.status.verdict" -}}
verdict:
  type: object
  description: "Inconclusive: the load was not the one asked for, so nothing is known."
  required: [result]
  properties:
    result: { type: string, enum: [Pass, Warn, Fail, Inconclusive], description: In a word. }
    score: { type: number, minimum: 0, maximum: 100, description: Weighted share of the objectives that passed. }
    reasons:
      type: array
      maxItems: 10
      description: Why.
      items: { type: string, maxLength: 300 }
    baselineRuns:
      type: array
      maxItems: 20
      description: What it was compared with.
      items: { type: string, maxLength: 63 }
    deltas:
      type: array
      maxItems: 20
      description: Differences from the baseline.
      items:
        type: object
        required: [metric]
        properties:
          metric: { type: string, maxLength: 100, description: As in objectives. }
          scope: { type: string, maxLength: 220, description: As in objectives. }
          baseline: { type: number, description: There. }
          value: { type: number, description: Here. }
          shiftPercent: { type: number, description: Hodges-Lehmann shift. }
          significant: { type: boolean, description: Whether chance is ruled out. }
{{- end -}}

{{- define "tartware-controller.status.results" -}}
results:
  type: object
  description: Where the whole bundle lies.
  required: [store, key]
  properties:
    store: { type: string, enum: [configmap, s3, postgres], description: Kind of store. }
    key: { type: string, maxLength: 500, description: Under which name. }
    sha256: { type: string, pattern: "^[0-9a-f]{64}$", description: Of the bundle. }
    bytes: { type: integer, format: int64, description: Of the bundle. }
    truncated: { type: boolean, description: Something had to be left out. }
{{- end -}}
