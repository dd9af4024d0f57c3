{{/* Labels of an object of this subject: (dict "context" $ "name" <its name>). */}}
{{- define "tartware.secrets.labels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .context.Release.Name }}
app.kubernetes.io/part-of: tartware
app.kubernetes.io/component: secrets
app.kubernetes.io/version: {{ .context.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .context.Release.Service }}
helm.sh/chart: {{ .context.Chart.Name }}-{{ .context.Chart.Version }}
{{- end -}}

{{/*
Before the migrations, which are hooks themselves and read Secrets: (dict "weight" <number>). Helm does not own what a hook made, so it stays
when the release goes.
*/}}
{{- define "tartware.secrets.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ .weight | quote }}
{{- end -}}

{{- define "tartware.secrets.services" -}}
{{- list "api-gateway" "core" "reservations" "billing" "guests" "rooms" "settings" "housekeeping" "command-center" | toJson -}}
{{- end -}}

{{/* The keys of a Secret by the convention of its name, as JSON list; empty for one that is not ours: . is the name. */}}
{{- define "tartware.secrets.keys" -}}
{{- $keys := list -}}
{{- $fixed := dict "tartware-service-clients" "SERVICE_CLIENTS" "tartware-token-signing" "TOKEN_SIGNING_KEY" "tartware-kafka" "KAFKA_BROKERS" "tartware-redis" "REDIS_URLS" "tartware-clickhouse" "CLICKHOUSE_URL" -}}
{{- if hasKey $fixed . -}}
{{- $keys = list (get $fixed .) -}}
{{- else if regexMatch "^tartware-.+-(database|migration)$" . -}}
{{- $keys = list "DATABASE_URL" -}}
{{- else if regexMatch "^tartware-.+-client$" . -}}
{{- $keys = list "SERVICE_CLIENT_SECRET" -}}
{{- else if regexMatch "^tartware-.+-(login|owner)$" . -}}
{{- $keys = list "username" "password" -}}
{{- else if has . (list "tartware-redis-auth" "tartware-clickhouse-auth") -}}
{{- $keys = list "password" -}}
{{- end -}}
{{- $keys | toJson -}}
{{- end -}}

{{/* Names of all Secrets that the services of this release and their migrations read, and then those of its stores, as JSON list. */}}
{{- define "tartware.secrets.names" -}}
{{- $names := list -}}
{{- range $service := include "tartware.secrets.services" . | fromJsonArray -}}
{{- $values := index $.Values $service -}}
{{- if $values.enabled -}}
{{- $names = concat $names ($values.envFromSecrets | default list) -}}
{{- with $values.migration -}}
{{- if .enabled -}}
{{- $names = concat $names (.envFromSecrets | default list) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- concat $names (include "tartware.dataStores.operatorSecrets" . | fromJsonArray) | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* A password that follows from the seed and what it is for: (list <seed> <purpose>). */}}
{{- define "tartware.secrets.password" -}}
{{- printf "%s/%s" (index . 0) (index . 1) | sha256sum | trunc 40 -}}
{{- end -}}

{{/* What the reader should know about the Secrets after an install. */}}
{{- define "tartware.secrets.notes" }}

Pods read their Secrets when they start. After a change of one:
  kubectl -n {{ .Release.Namespace }} rollout restart deployment -l app.kubernetes.io/part-of=tartware
{{- if eq .Values.secrets.mode "vault" }}
Whether all came from Vault:
  kubectl -n {{ .Release.Namespace }} get externalsecrets
{{- else if eq .Values.secrets.mode "generated" }}
NOT FOR PRODUCTION: stores of one pod each, with passwords that Helm made. Stores and Secrets stay when the release goes:
  kubectl -n {{ .Release.Namespace }} get statefulset,pvc,secret -l tartware.io/not-for-production=true
{{- end }}
{{- end -}}
