{{/* What a JSON schema cannot say: relations between two values. Included by the Deployment, so that it always runs. */}}
{{- define "service-template.checks" -}}
{{- $name := include "service-template.name" . -}}
{{- with .Values.autoscaling -}}
{{- if gt (int .minReplicas) (int .maxReplicas) -}}
{{- fail (printf "\n\n%s.autoscaling: minReplicas %d is above maxReplicas %d; lower the one or raise the other.\n" $name (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- with .Values.shutdown -}}
{{- if le (sub (sub .graceSeconds .preStopSeconds) 1) 0 -}}
{{- fail (printf "\n\n%s.shutdown: graceSeconds %d leaves no time to drain after preStopSeconds %d; make it at least %d.\n" $name (int .graceSeconds) (int .preStopSeconds) (add .preStopSeconds 2)) -}}
{{- end -}}
{{- end -}}
{{- if eq (int .Values.ports.http) (int .Values.ports.ops) -}}
{{- fail (printf "\n\n%s.ports: http and ops are both %d; give each its own.\n" $name (int .Values.ports.http)) -}}
{{- end -}}
{{- if gt (len $name) 55 -}}
{{- fail (printf "\n\n%s: the service's name has %d characters; at most 55, so that every object's name stays within 63.\n" $name (len $name)) -}}
{{- end -}}
{{- end -}}
