{{/* What one container asks for and may use, as numbers, by the quota's own names: millicores and bytes. Takes `{ requests, limits }`. */}}
{{- define "tartware.quota.amounts" -}}
{{- $amounts := dict -}}
{{- range $kind := list "requests" "limits" -}}
{{- with get $ $kind -}}
{{- $_ := set $amounts (printf "%s.cpu" $kind) (include "service-template.millicores" .cpu | int64) -}}
{{- $_ := set $amounts (printf "%s.memory" $kind) (include "service-template.bytes" .memory | int64) -}}
{{- end -}}
{{- end -}}
{{- $amounts | toJson -}}
{{- end -}}

{{/* What every service takes at its maximum, all together, by the quota's own names, as JSON. */}}
{{- define "tartware.quota.needs" -}}
{{- $sums := dict "pods" 0 -}}
{{- range .Chart.Dependencies -}}
{{- $service := index $.Values .Name -}}
{{- $pods := int64 $service.autoscaling.maxReplicas -}}
{{- $_ := set $sums "pods" (add (get $sums "pods") $pods) -}}
{{- range $container := ternary (list $service.resources $.Values.quota.sidecar) (list $service.resources) (eq $.Values.mesh.mode "sidecar") -}}
{{- range $resource, $amount := include "tartware.quota.amounts" $container | fromJson -}}
{{- $_ := set $sums $resource (add (get $sums $resource | default 0) (mul $pods (int64 $amount))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $sums | toJson -}}
{{- end -}}

{{/* An amount for people: (dict "resource" "requests.memory" "amount" <bytes>) → 514Gi. */}}
{{- define "tartware.quota.readable" -}}
{{- if hasSuffix ".memory" .resource -}}
{{- printf "%.1fGi" (divf .amount 1073741824) | replace ".0Gi" "Gi" -}}
{{- else if hasSuffix ".cpu" .resource -}}
{{- divf .amount 1000 }} cores
{{- else -}}
{{- int64 .amount -}}
{{- end -}}
{{- end -}}

{{/* Pods beyond a quota never start, and the autoscaler does not learn why: better no release than such a one. */}}
{{- define "tartware.quota.check" -}}
{{- $hard := .Values.quota.hard -}}
{{- $exceeded := list -}}
{{- range $resource, $needed := include "tartware.quota.needs" . | fromJson -}}
{{- if hasKey $hard $resource -}}
{{- $allowed := get $hard $resource | toString -}}
{{- if hasSuffix ".cpu" $resource -}}
{{- $allowed = include "service-template.millicores" $allowed -}}
{{- else if hasSuffix ".memory" $resource -}}
{{- $allowed = include "service-template.bytes" $allowed -}}
{{- end -}}
{{- if gt (int64 $needed) (int64 $allowed) -}}
{{- $exceeded = append $exceeded (printf "  %s: %s at the maxima, %s in the quota" $resource (include "tartware.quota.readable" (dict "resource" $resource "amount" $needed)) (get $hard $resource | toString)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $exceeded -}}
{{- fail (printf "\n\nThe services at their maxima do not fit the quota:\n%s\nRaise quota.hard, or lower <service>.autoscaling.maxReplicas or <service>.resources.\n" (join "\n" .)) -}}
{{- end -}}
{{- end -}}
