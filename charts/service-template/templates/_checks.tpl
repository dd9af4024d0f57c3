{{/* What a JSON schema cannot say: relations between two values. Included by the Deployment, so that it always runs. */}}
{{- define "service-template.checks" -}}
{{- $name := include "service-template.name" . -}}
{{- if eq .Values.image.tag "latest" -}}
{{- fail (printf "\n\n%s.image: the tag \"latest\" names no version, and a rollback could not return to it; give the version.\n" $name) -}}
{{- end -}}
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
{{- range $variable, $key := dict "HOST" "host" "PORT" "ports.http" "OPS_PORT" "ports.ops" "LOG_LEVEL" "logLevel" "SHUTDOWN_GRACE_MS" "shutdown.graceSeconds" -}}
{{- if hasKey $.Values.env $variable -}}
{{- fail (printf "\n\n%s.env: %s follows from %s; change it there.\n" $name $variable $key) -}}
{{- end -}}
{{- end -}}
{{- if eq (int .Values.ports.http) (int .Values.ports.ops) -}}
{{- fail (printf "\n\n%s.ports: http and ops are both %d; give each its own.\n" $name (int .Values.ports.http)) -}}
{{- end -}}
{{- if gt (len $name) 55 -}}
{{- fail (printf "\n\n%s: the service's name has %d characters; at most 55, so that every object's name stays within 63.\n" $name (len $name)) -}}
{{- end -}}
{{- end -}}
