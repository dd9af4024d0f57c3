{{/* Labels of an object of this subject: (dict "context" $ "name" <its name>). */}}
{{- define "tartware.dataStores.labels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .context.Release.Name }}
app.kubernetes.io/part-of: tartware
app.kubernetes.io/component: data-store
app.kubernetes.io/version: {{ .context.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .context.Release.Service }}
helm.sh/chart: {{ .context.Chart.Name }}-{{ .context.Chart.Version }}
{{- end -}}

{{/* Services that own a schema, as JSON list. */}}
{{- define "tartware.dataStores.schemaOwners" -}}
{{- without (include "tartware.secrets.services" . | fromJsonArray) "api-gateway" | toJson -}}
{{- end -}}

{{/* The Secrets that the operators of this release's stores read, as JSON list. */}}
{{- define "tartware.dataStores.operatorSecrets" -}}
{{- $names := list -}}
{{- if eq .Values.dataStores.postgresql.mode "operator" -}}
{{- range $service := include "tartware.dataStores.schemaOwners" . | fromJsonArray -}}
{{- $names = append $names (printf "tartware-%s-login" $service) -}}
{{- $names = append $names (printf "tartware-%s-owner" $service) -}}
{{- end -}}
{{- end -}}
{{- range $store := list "redis" "clickhouse" -}}
{{- if eq (index $.Values.dataStores $store).mode "operator" -}}
{{- $names = append $names (printf "tartware-%s-auth" $store) -}}
{{- end -}}
{{- end -}}
{{- $names | toJson -}}
{{- end -}}

{{/*
How a store's Secret follows from the address in Vault that the services read, so that no password stands in two places: { path, property, template }
as JSON. Empty for all other Secrets, which are what Vault has.
*/}}
{{- define "tartware.dataStores.fromVault" -}}
{{- $part := `{{ (urlParse (splitList "," .%s | first)).userinfo | splitList ":" | %s }}` -}}
{{- if regexMatch "^tartware-.+-(login|owner)$" . -}}
{{- $service := regexReplaceAll "^tartware-(.+)-(login|owner)$" . "${1}" -}}
{{- $property := "DATABASE_URL" -}}
{{- dict "path" (printf "%s-%s" $service (ternary "database" "migration" (hasSuffix "-login" .))) "property" $property "template" (dict
  "type" "kubernetes.io/basic-auth"
  "metadata" (dict "labels" (dict "cnpg.io/reload" "true"))
  "data" (dict "username" (printf $part $property "first") "password" (printf $part $property "last"))) | toJson -}}
{{- else if regexMatch "^tartware-(redis|clickhouse)-auth$" . -}}
{{- $store := regexReplaceAll "^tartware-(.+)-auth$" . "${1}" -}}
{{- $property := ternary "REDIS_URLS" "CLICKHOUSE_URL" (eq $store "redis") -}}
{{- dict "path" $store "property" $property "template" (dict "data" (dict "password" (printf $part $property "last"))) | toJson -}}
{{- else -}}
{}
{{- end -}}
{{- end -}}

{{/* Spread over nodes, and where possible over zones: (dict "labels" <of the pods>). */}}
{{- define "tartware.dataStores.spread" -}}
- maxSkew: 1
  topologyKey: topology.kubernetes.io/zone
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- toYaml .labels | nindent 6 }}
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: DoNotSchedule
  labelSelector:
    matchLabels:
      {{- toYaml .labels | nindent 6 }}
{{- end -}}

{{/* The spec of a claim: { size, storageClass }. */}}
{{- define "tartware.dataStores.claim" -}}
accessModes: [ReadWriteOnce]
{{- with .storageClass }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests:
    storage: {{ .size }}
{{- end -}}

{{/* What to do after an install of a release without services. */}}
{{- define "tartware.dataStores.notes" -}}
{{- $stores := .Values.dataStores }}
{{- if eq $stores.postgresql.mode "operator" }}

PostgreSQL:
  kubectl -n {{ .Release.Namespace }} get clusters.postgresql.cnpg.io tartware-postgresql
The services' Secrets, for each service such as core:
{{- if $stores.postgresql.operator.pooler.enabled }}
  tartware-core-database    DATABASE_URL=postgres://core_login:<password>@tartware-postgresql-pooler.{{ .Release.Namespace }}:5432/{{ $stores.postgresql.database }}
                            DATABASE_SESSION_URL=postgres://core_login:<password>@tartware-postgresql-rw.{{ .Release.Namespace }}:5432/{{ $stores.postgresql.database }}
{{- else }}
  tartware-core-database    DATABASE_URL=postgres://core_login:<password>@tartware-postgresql-rw.{{ .Release.Namespace }}:5432/{{ $stores.postgresql.database }}
{{- end }}
  tartware-core-migration   DATABASE_URL=postgres://core_owner:<password>@tartware-postgresql-rw.{{ .Release.Namespace }}:5432/{{ $stores.postgresql.database }}
{{- end }}
{{- if eq $stores.redis.mode "operator" }}

Redis (tartware-redis: REDIS_URLS=redis://:<password>@tartware-redis-leader.{{ .Release.Namespace }}:6379):
  kubectl -n {{ .Release.Namespace }} get rediscluster tartware-redis
{{- end }}
{{- if eq $stores.kafka.mode "operator" }}

Kafka (tartware-kafka: KAFKA_BROKERS=tartware-kafka-bootstrap.{{ .Release.Namespace }}:9092):
  kubectl -n {{ .Release.Namespace }} get kafka,kafkanodepool,kafkatopic
{{- end }}
{{- if eq $stores.clickhouse.mode "operator" }}

ClickHouse (tartware-clickhouse: CLICKHOUSE_URL=http://tartware:<password>@clickhouse-tartware.{{ .Release.Namespace }}:8123/tartware):
  kubectl -n {{ .Release.Namespace }} get clickhouseinstallation,clickhousekeeperinstallation
{{- end }}
{{- end -}}

{{/* Pod Security "restricted", which Strimzi keeps to only when told. */}}
{{- define "tartware.dataStores.kafkaPod" -}}
runAsNonRoot: true
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "tartware.dataStores.kafkaContainer" -}}
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Where the operators' pods may run, as fields of a pod's spec; empty when nothing is said. */}}
{{- define "tartware.dataStores.placement" -}}
{{- with .Values.dataStores.scheduling.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.dataStores.scheduling.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The same for Strimzi, whose pods know no nodeSelector. */}}
{{- define "tartware.dataStores.kafkaPlacement" -}}
{{- with .Values.dataStores.scheduling.nodeSelector }}
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
        - matchExpressions:
            {{- range $label, $value := . }}
            - { key: {{ $label }}, operator: In, values: [{{ $value | quote }}] }
            {{- end }}
{{- end }}
{{- with .Values.dataStores.scheduling.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
