{{/* What must be so before stores are made: where they may stand, and what the cluster must know. */}}
{{- define "tartware.dataStores.checks" -}}
{{- $needs := dict
  "postgresql" (list "CloudNativePG" "postgresql.cnpg.io/v1")
  "redis" (list "the Redis operator of OT-CONTAINER-KIT" "redis.redis.opstreelabs.in/v1beta2")
  "kafka" (list "Strimzi" "kafka.strimzi.io/v1")
  "clickhouse" (list "Altinity's operator for ClickHouse" "clickhouse.altinity.com/v1") -}}
{{- range $store, $operator := $needs -}}
{{- $mode := (index $.Values.dataStores $store).mode -}}
{{- if eq $mode "operator" -}}
{{- if not ($.Capabilities.APIVersions.Has (last $operator)) -}}
{{- fail (printf "\n\ndataStores.%s.mode is \"operator\", but this cluster has no %s; install %s first, or set the mode to external.\n" $store (last $operator) (first $operator)) -}}
{{- end -}}
{{- range $service := include "tartware.secrets.services" $ | fromJsonArray -}}
{{- if (index $.Values $service).enabled -}}
{{- fail (printf "\n\ndataStores.%s.mode is \"operator\" in a release with services (%s.enabled). Migrations run before anything else of a release, so the stores must be there, and no rollback or uninstall of the services may touch them: install the stores as a release of their own, with values-stores.yaml, and leave the mode external here.\n" $store $service) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (eq $mode "embedded") (ne $.Values.secrets.mode "generated") -}}
{{- fail (printf "\n\ndataStores.%s.mode is \"embedded\", whose passwords Helm makes: set secrets.mode=generated. For anything but a demo set the mode to external.\n" $store) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
Connections that PostgreSQL must take when every service is at its maximum and rolls out a quarter on top, as JSON: { pods, pooled, total }. Each
pod has a pool (DATABASE_POOL_MAX, 10 unless told) and one session for locks and notifications, which goes past a pooler.
*/}}
{{- define "tartware.dataStores.connections" -}}
{{- $pods := 0 -}}
{{- $pooled := 0 -}}
{{- range $service := include "tartware.dataStores.schemaOwners" . | fromJsonArray -}}
{{- $values := index $.Values $service -}}
{{- $most := divf (mulf $values.autoscaling.maxReplicas 1.25) 1 | ceil | int -}}
{{- $pods = add $pods $most -}}
{{- $pooled = add $pooled (mul $most (int (dig "env" "DATABASE_POOL_MAX" "10" $values))) -}}
{{- end -}}
{{- $total := add $pods $pooled -}}
{{- with .Values.dataStores.postgresql.operator.pooler -}}
{{- if .enabled -}}
{{- $total = add $pods (mul .instances .poolSize (len (include "tartware.dataStores.schemaOwners" $ | fromJsonArray))) -}}
{{- end -}}
{{- end -}}
{{- /* For the operator, backups, a migration, and somebody who looks. */ -}}
{{- dict "pods" $pods "pooled" $pooled "total" (add $total 30) | toJson -}}
{{- end -}}

{{- define "tartware.dataStores.checkConnections" -}}
{{- with .Values.dataStores.postgresql.operator -}}
{{- $connections := include "tartware.dataStores.connections" $ | fromJson -}}
{{- if gt (int $connections.total) (int .maxConnections) -}}
{{- $remedy := ternary "lower pooler.poolSize or the services' autoscaling.maxReplicas, or raise maxConnections" "set pooler.enabled=true, lower the services' env.DATABASE_POOL_MAX or autoscaling.maxReplicas, or raise maxConnections" .pooler.enabled -}}
{{- fail (printf "\n\ndataStores.postgresql.operator.maxConnections is %d, but the services at their maxima open %d connections (%d pods); %s.\n" (int .maxConnections) (int $connections.total) (int $connections.pods) $remedy) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Pods of one consumer group share a topic's partitions; a pod beyond their number gets nothing. */}}
{{- define "tartware.dataStores.checkPartitions" -}}
{{- range $topic, $settings := .Values.dataStores.kafka.topics -}}
{{- range $service := $settings.consumers -}}
{{- $most := (index $.Values $service).autoscaling.maxReplicas | int -}}
{{- if gt $most (int $settings.partitions) -}}
{{- fail (printf "\n\ndataStores.kafka.topics.%s: %d partitions for the %d pods that %s may have (autoscaling.maxReplicas); raise the partitions, before there is data: it changes which events keep their order.\n" $topic (int $settings.partitions) $most $service) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
