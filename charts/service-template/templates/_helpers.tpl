{{/* The alias in the umbrella is the chart's name here, and the name of every object. */}}
{{- define "service-template.name" -}}
{{- .Chart.Name -}}
{{- end -}}

{{- define "service-template.labels" -}}
app.kubernetes.io/name: {{ include "service-template.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: tartware
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: service-template-{{ .Chart.Version }}
{{- end -}}

{{/* Selects the serving pods only: a migration's pod must not receive traffic nor count for the autoscaler. */}}
{{- define "service-template.selectorLabels" -}}
app.kubernetes.io/name: {{ include "service-template.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end -}}

{{/* By digest alone where there is one: not every container runtime takes a tag and a digest together. */}}
{{- define "service-template.image" -}}
{{- $repository := .Values.image.repository | default (printf "tartware/%s" (include "service-template.name" .)) -}}
{{- with (.Values.global).imageRegistry }}{{ . }}/{{ end }}{{ $repository -}}
{{- with .Values.image.digest }}@{{ . }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end -}}

{{/* What Pod Security "restricted" asks of a pod, and what every pod of ours shares. */}}
{{- define "service-template.podBase" -}}
automountServiceAccountToken: false
# Variables like CORE_PORT for every Service of the namespace would collide with our own names.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  seccompProfile:
    type: RuntimeDefault
{{- with (.Values.global).imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.scheduling.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What the service's container and its migration's share. Takes the chart's context, `resources` and `secrets`. */}}
{{- define "service-template.containerBase" -}}
{{- $resources := .resources -}}
{{- $secrets := .secrets -}}
{{- with .context -}}
image: {{ include "service-template.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
resources:
  {{- toYaml $resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
env:
  - name: HOST
    value: {{ .Values.host | quote }}
  - name: PORT
    value: {{ .Values.ports.http | quote }}
  - name: OPS_PORT
    value: {{ .Values.ports.ops | quote }}
  - name: LOG_LEVEL
    value: {{ .Values.logLevel }}
  - name: SHUTDOWN_GRACE_MS
    value: {{ mul 1000 (sub (sub .Values.shutdown.graceSeconds .Values.shutdown.preStopSeconds) 1) | quote }}
  # Node's own default knows nothing of this container's other memory: the rest is for buffers, code and threads.
  - name: NODE_OPTIONS
    value: --max-old-space-size={{ div (mul 3 (include "service-template.bytes" $resources.limits.memory)) (mul 4 1024 1024) }}
  {{- range $service, $url := .Values.upstreams }}
  - name: {{ $service | upper | replace "-" "_" }}_URL
    value: {{ $url | quote }}
  {{- end }}
  {{- range $name, $value := .Values.env }}
  - name: {{ $name }}
    value: {{ $value | quote }}
  {{- end }}
{{- with $secrets }}
envFrom:
  {{- range . }}
  - secretRef:
      name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "service-template.probe" -}}
httpGet:
  path: {{ .path }}
  port: ops
{{ toYaml .timing }}
{{- end -}}
