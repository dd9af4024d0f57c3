{{/* How a run is judged and ended, as properties of a `spec`. */}}

{{- define "tartware-controller.metrics" -}}
[latency.p50, latency.p95, latency.p99, latency.p999, latency.max, errors.ratio, rps.achieved, cpu.utilization, memory.utilization]
{{- end -}}

{{- define "tartware-controller.schema.objectives" -}}
objectives:
  type: array
  maxItems: 20
  description: What the run is judged by. Without any it is measured and not judged.
  items:
    type: object
    required: [metric, pass]
    x-kubernetes-validations:
      - rule: "!has(self.warn) || self.warn.substring(0, 1) == self.pass.substring(0, 1)"
        message: warn must compare in the same direction as pass
    properties:
      metric:
        type: string
        enum: {{ include "tartware-controller.metrics" . }}
        description: "Latencies in milliseconds from the intended start, errors.ratio from 0 to 1, rps.achieved in requests per second, utilization in percent of the limit."
      scope:
        type: string
        maxLength: 220
        pattern: ^(total|endpoint:.+)$
        default: total
        description: "total, or endpoint:<name as the script gives it>."
      pass:
        type: string
        maxLength: 30
        pattern: ^(<=|<|>=|>) ?[0-9]+(\.[0-9]+)?$
        description: Passed when this holds, say "< 450".
      warn:
        type: string
        maxLength: 30
        pattern: ^(<=|<|>=|>) ?[0-9]+(\.[0-9]+)?$
        description: Where pass does not hold but this does, it is a warning and no failure.
      weight:
        type: integer
        minimum: 1
        maximum: 100
        default: 1
        description: Its share in the score.
      key:
        type: boolean
        default: false
        description: Failing it fails the run, whatever the score.
{{- end -}}

{{- define "tartware-controller.schema.baseline" -}}
baseline:
  type: object
  description: What the run is compared with.
  required: [mode]
  x-kubernetes-validations:
    - rule: (self.mode == 'pinned') == has(self.run)
      message: mode pinned needs run, the name of the LoadTest to compare with; other modes take none
  properties:
    mode:
      type: string
      enum: [none, pinned, lastN]
      description: "lastN: the last comparable runs of the same profile and target."
    run:
      type: string
      minLength: 1
      maxLength: 50
      description: The LoadTest to compare with.
    "n":
      type: integer
      minimum: 1
      maximum: 20
      default: 5
      description: How many runs lastN takes.
    tolerancePercent:
      type: integer
      minimum: 0
      maximum: 100
      default: 10
      description: A shift below it is no regression, however significant.
{{- end -}}

{{- define "tartware-controller.schema.abortWhen" -}}
abortWhen:
  type: array
  maxItems: 10
  description: The run is stopped, and its results are kept, as soon as one of these holds.
  items:
    type: object
    x-kubernetes-validations:
      - rule: has(self.alert) != has(self.metric)
        message: give either alert or metric
      - rule: has(self.metric) == has(self.op) && has(self.metric) == has(self.value)
        message: metric needs op and value, and alert takes neither
    properties:
      alert: { type: string, minLength: 1, maxLength: 100, description: Name of an alert; holds while it fires. }
      metric:
        type: string
        enum: {{ include "tartware-controller.metrics" . }}
        description: As in objectives, over the last seconds.
      op: { type: string, enum: ["<", "<=", ">", ">="], description: How the metric is compared. }
      value: { type: number, description: What the metric is compared with. }
      for:
        {{- include "tartware-controller.duration" . | nindent 8 }}
        description: How long it must hold.
{{- end -}}

{{- define "tartware-controller.schema.deadlines" -}}
deadlines:
  type: object
  description: Every wait ends, by these.
  properties:
    workersReady:
      {{- include "tartware-controller.duration" . | nindent 6 }}
      default: 180s
      description: Until all workers are there.
    total:
      {{- include "tartware-controller.duration" . | nindent 6 }}
      description: From creation to the end of the load. Default the stages together, workersReady, and a minute.
{{- end -}}

{{/* All of it, in the order in which people read it. */}}
{{- define "tartware-controller.schema.template" -}}
{{- range list "engine" "target" "load" "generator" "script" "objectives" "baseline" "abortWhen" "deadlines" }}
{{ include (printf "tartware-controller.schema.%s" .) $ }}
{{- end }}
{{- end -}}

{{/* Rules between these, for a spec in which every one of them may be missing. */}}
{{- define "tartware-controller.rules.template" -}}
- rule: "!has(self.load) || !has(self.deadlines) || !has(self.deadlines.total) || duration(self.deadlines.total) >= self.load.stages.map(stage, duration(stage.duration)).sum()"
  message: deadlines.total must not be shorter than the stages together
- rule: "!has(self.script) || !has(self.engine) || self.engine != 'locust' || self.script.configMapRef.key.endsWith('.py')"
  message: "a script for locust is Python: its key in the ConfigMap must end with .py"
{{- end -}}
