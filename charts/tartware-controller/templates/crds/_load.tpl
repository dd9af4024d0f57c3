{{/*
What a profile and a run have in common, as properties of their `spec`. All sizes are bounded: that keeps the objects small, and
lets the API server estimate what its rules cost.
*/}}

{{- define "tartware-controller.duration" -}}
type: string
maxLength: 20
pattern: ^([0-9]+(ms|s|m|h))+$
{{- end -}}

{{- define "tartware-controller.schema.engine" -}}
engine:
  type: string
  enum: [locust, k6]
  description: What makes the load. k6 needs k6-operator in the cluster.
{{- end -}}

{{- define "tartware-controller.schema.target" -}}
target:
  type: object
  description: What is loaded, and what is watched meanwhile.
  required: [url]
  properties:
    url:
      type: string
      maxLength: 500
      description: Base address of what is loaded, say http://api-gateway.tartware-system:8080.
      x-kubernetes-validations:
        - rule: isURL(self) && url(self).getScheme() in ['http', 'https']
          message: must be an address that begins with http:// or https://
    workloads:
      type: array
      maxItems: 20
      description: Workloads whose replicas, CPU and memory are kept with the run.
      items:
        type: object
        required: [namespace, selector]
        properties:
          namespace:
            type: string
            maxLength: 63
            description: Where they run.
          selector:
            type: object
            required: [matchLabels]
            description: Which they are.
            properties:
              matchLabels:
                type: object
                minProperties: 1
                maxProperties: 10
                description: Labels that they all carry.
                additionalProperties: { type: string, maxLength: 63 }
{{- end -}}

{{- define "tartware-controller.schema.load" -}}
load:
  type: object
  description: How many requests are started, and when. Arrivals do not wait for answers.
  required: [stages]
  x-kubernetes-validations:
    - rule: self.stages.map(stage, duration(stage.duration)).sum() <= duration('24h')
      message: the stages together may take 24 hours at most
    - rule: "!has(self.warmup) || duration(self.warmup) < self.stages.map(stage, duration(stage.duration)).sum()"
      message: warmup must be shorter than the stages together, or nothing is left to judge
    - rule: self.stages.exists(stage, stage.rps > 0)
      message: at least one stage must have an rps above 0
  properties:
    model:
      type: string
      enum: [constant-arrival, ramping-arrival]
      default: constant-arrival
      description: "constant-arrival: a stage holds its rate. ramping-arrival: it goes evenly from the rate of the stage before (0 for the first) to its own."
    stages:
      type: array
      minItems: 1
      maxItems: 50
      description: One after the other.
      items:
        type: object
        required: [duration, rps]
        properties:
          duration:
            {{- include "tartware-controller.duration" . | nindent 12 }}
            description: How long the stage lasts, say 90s or 10m.
            x-kubernetes-validations:
              - rule: duration(self) >= duration('1s')
                message: a stage lasts 1s at least
          rps:
            type: integer
            minimum: 0
            maximum: 1000000
            description: Requests started per second, all together.
    warmup:
      {{- include "tartware-controller.duration" . | nindent 6 }}
      description: From the start of the load; what is measured in it does not count for the verdict.
    maxUsers:
      type: integer
      minimum: 1
      maximum: 1000000
      description: Requests under way at once, at most. Beyond it iterations are dropped, and counted.
{{- end -}}

{{- define "tartware-controller.schema.generator" -}}
generator:
  type: object
  description: The pods that make the load.
  properties:
    workers:
      x-kubernetes-int-or-string: true
      description: "How many: a number from 1 to 200, or auto, which plans by the measured rate per core."
      x-kubernetes-validations:
        - rule: "type(self) == int ? self >= 1 && self <= 200 : self == 'auto'"
          message: must be a number from 1 to 200, or auto
    cpuPerWorker:
      type: string
      maxLength: 20
      description: CPU that each worker requests and is limited to, say "1". A worker uses one core.
      x-kubernetes-validations:
        - rule: isQuantity(self) && quantity(self).isGreaterThan(quantity('0'))
          message: must be a quantity of CPU above 0, such as "1" or 500m
    memoryPerWorker:
      type: string
      maxLength: 20
      description: Memory that each worker requests and is limited to, say 512Mi.
      x-kubernetes-validations:
        - rule: isQuantity(self) && quantity(self).isGreaterThan(quantity('0'))
          message: must be a quantity of memory above 0, such as 512Mi
    nodeSelector:
      type: object
      maxProperties: 10
      description: Labels of the nodes that the workers run on. Sharing nodes with the target is said in the verdict.
      additionalProperties: { type: string, maxLength: 63 }
    tolerations:
      type: array
      maxItems: 10
      description: As in a pod.
      items:
        type: object
        properties:
          key: { type: string, maxLength: 317, description: Of the taint. }
          operator: { type: string, enum: [Exists, Equal], description: How key and value are compared. }
          value: { type: string, maxLength: 63, description: Of the taint. }
          effect: { type: string, enum: [NoSchedule, PreferNoSchedule, NoExecute], description: Of the taint. }
          tolerationSeconds: { type: integer, format: int64, description: How long a NoExecute taint is borne. }
    priorityClassName:
      type: string
      maxLength: 253
      description: PriorityClass of the workers.
{{- end -}}

{{- define "tartware-controller.schema.script" -}}
script:
  type: object
  description: A script of your own in place of the built-in one.
  required: [configMapRef]
  properties:
    configMapRef:
      type: object
      required: [name, key]
      description: Where it lies, in the run's namespace.
      properties:
        name: { type: string, minLength: 1, maxLength: 253, description: Of the ConfigMap. }
        key: { type: string, minLength: 1, maxLength: 253, description: In the ConfigMap. }
    sha256:
      type: string
      pattern: ^[0-9a-f]{64}$
      description: What it must hash to; a run of another script ends before it starts.
{{- end -}}
