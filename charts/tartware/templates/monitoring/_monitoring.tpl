{{/* What the rules' files leave open, by name: the release's namespace, the thresholds, and two facts that are written once. */}}
{{- define "tartware.monitoring.placeholders" -}}
{{- $source := .Values.monitoring.rules.source -}}
namespace: {{ .Release.Namespace }}
services: api-gateway|core|reservations|billing|guests|rooms|settings|housekeeping|command-center
istioReporter: {{ ternary "waypoint" "destination" (eq $source "istio-ambient") }}
{{ toYaml .Values.monitoring.thresholds }}
{{- end }}

{{/*
A rule file with its <<placeholders>> filled in. Takes { root, path }. Read as a file and never as a template: Prometheus has double braces
of its own.
*/}}
{{- define "tartware.monitoring.file" -}}
{{- $text := .root.Files.Get .path -}}
{{- range $name, $value := include "tartware.monitoring.placeholders" .root | fromYaml -}}
  {{- $text = $text | replace (printf "<<%s>>" $name) (toString $value) -}}
{{- end -}}
{{- with regexFind "<<[^>]*>>" $text }}{{ fail (printf "%s: nothing is called %s" $.path .) }}{{ end -}}
{{- $text -}}
{{- end }}

{{/*
One alert as a list of one rule, with what all alerts have: the team's label and the runbook's address, which ends in the alert's name.
A dashboard's address is left out while nobody has said where Grafana is. Takes { root, path }.
*/}}
{{- define "tartware.monitoring.alert" -}}
{{- $monitoring := .root.Values.monitoring -}}
{{- $alert := include "tartware.monitoring.file" . | fromYaml -}}
{{- $_ := set $alert.labels "team" $monitoring.rules.team -}}
{{- $_ := set $alert.annotations "runbook_url" (printf "%s/%s.md" (trimSuffix "/" $monitoring.runbookBaseUrl) $alert.alert) -}}
{{- if $monitoring.grafanaUrl -}}
  {{- $_ := set $alert.annotations "dashboard_url" (print (trimSuffix "/" $monitoring.grafanaUrl) $alert.annotations.dashboard_url) -}}
{{- else -}}
  {{- $_ := unset $alert.annotations "dashboard_url" -}}
{{- end -}}
{{- list $alert | toYaml -}}
{{- end }}

{{/* All rules of one group, recording rules first. Takes { root, group }. */}}
{{- define "tartware.monitoring.rules" -}}
{{- $source := ternary "services" "istio" (eq .root.Values.monitoring.rules.source "services") -}}
{{- range list "recording" (printf "recording-%s" $source) -}}
  {{- $path := printf "rules/%s/%s.yaml" $.group . -}}
  {{- if $.root.Files.Get $path }}
{{ include "tartware.monitoring.file" (dict "root" $.root "path" $path) | fromYamlArray | toYaml }}
  {{- end -}}
{{- end -}}
{{- range $path, $_ := .root.Files.Glob (printf "rules/%s/Tartware*.yaml" .group) }}
{{ include "tartware.monitoring.alert" (dict "root" $.root "path" $path) }}
{{- end -}}
{{- end }}

{{- define "tartware.monitoring.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: tartware
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
