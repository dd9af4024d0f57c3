{{/* Refuses a container that the LimitRange would refuse, pod by pod and unseen: (dict "context" $ "key" <its resources' key> "resources" <those>). */}}
{{- define "tartware.limitrange.check" -}}
{{- $range := .context.Values.limitRange -}}
{{- $bounds := include "tartware.quota.amounts" (dict "requests" $range.min "limits" $range.max) | fromJson -}}
{{- $amounts := include "tartware.quota.amounts" .resources | fromJson -}}
{{- range $resource := list "cpu" "memory" -}}
{{- if lt (get $amounts (printf "requests.%s" $resource) | int64) (get $bounds (printf "requests.%s" $resource) | int64) -}}
{{- fail (printf "\n\n%s.requests.%s: %s is below limitRange.min.%s, %s; no pod would start. Raise the one or lower the other.\n" $.key $resource (get $.resources.requests $resource | toString) $resource (get $range.min $resource | toString)) -}}
{{- end -}}
{{- if gt (get $amounts (printf "limits.%s" $resource) | int64) (get $bounds (printf "limits.%s" $resource) | int64) -}}
{{- fail (printf "\n\n%s.limits.%s: %s is above limitRange.max.%s, %s; no pod would start. Lower the one or raise the other.\n" $.key $resource (get $.resources.limits $resource | toString) $resource (get $range.max $resource | toString)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
