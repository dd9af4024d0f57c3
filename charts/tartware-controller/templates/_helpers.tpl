{{- define "tartware-controller.name" -}}
tartware-controller
{{- end -}}

{{/* Not part of "tartware": the pages take what is for one of the services. */}}
{{- define "tartware-controller.labels" -}}
{{ include "tartware-controller.selectorLabels" . }}
app.kubernetes.io/part-of: tartware-management
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "tartware-controller.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tartware-controller.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Metadata of a definition: (dict "context" $ "plural" <plural>). Helm leaves it where it is on uninstall: with it all its objects would go. */}}
{{- define "tartware-controller.crdMetadata" -}}
name: {{ .plural }}.tartware.io
labels:
  {{- include "tartware-controller.labels" .context | nindent 2 }}
annotations:
  helm.sh/resource-policy: keep
{{- end -}}

{{- define "tartware-controller.conditions" -}}
conditions:
  type: array
  maxItems: 12
  x-kubernetes-list-type: map
  x-kubernetes-list-map-keys: [type]
  description: {{ . }}
  items:
    type: object
    required: [type, status, lastTransitionTime, reason, message]
    properties:
      type: { type: string, maxLength: 100, description: What it is about. }
      status: { type: string, enum: ["True", "False", Unknown], description: Whether it holds. }
      observedGeneration: { type: integer, format: int64, description: Of the spec that it is about. }
      lastTransitionTime: { type: string, format: date-time, description: When status changed last. }
      reason: { type: string, maxLength: 100, description: Why, in one word. }
      message: { type: string, maxLength: 512, description: Why, for people. }
{{- end -}}
