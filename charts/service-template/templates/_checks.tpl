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
{{- include "service-template.checkAutoscaler" . -}}
{{- include "service-template.checkScaledObjects" . -}}
{{- with .Values.shutdown -}}
{{- if le (sub (sub .graceSeconds .preStopSeconds) 1) 0 -}}
{{- fail (printf "\n\n%s.shutdown: graceSeconds %d leaves no time to drain after preStopSeconds %d; make it at least %d.\n" $name (int .graceSeconds) (int .preStopSeconds) (add .preStopSeconds 2)) -}}
{{- end -}}
{{- end -}}
{{- range $variable, $key := dict "HOST" "host" "PORT" "ports.http" "OPS_PORT" "ports.ops" "LOG_LEVEL" "logLevel" "SHUTDOWN_GRACE_MS" "shutdown.graceSeconds" "NODE_OPTIONS" "resources.limits.memory" -}}
{{- if hasKey $.Values.env $variable -}}
{{- fail (printf "\n\n%s.env: %s follows from %s; change it there.\n" $name $variable $key) -}}
{{- end -}}
{{- end -}}
{{- range $label := keys .Values.podLabels | sortAlpha -}}
{{- if or (hasPrefix "app.kubernetes.io/" $label) (hasPrefix "helm.sh/" $label) -}}
{{- fail (printf "\n\n%s.podLabels: %s is the chart's own, selectors rely on it; use a label of your own prefix.\n" $name $label) -}}
{{- end -}}
{{- end -}}
{{- if eq (int .Values.ports.http) (int .Values.ports.ops) -}}
{{- fail (printf "\n\n%s.ports: http and ops are both %d; give each its own.\n" $name (int .Values.ports.http)) -}}
{{- end -}}
{{- if gt (len $name) 55 -}}
{{- fail (printf "\n\n%s: the service's name has %d characters; at most 55, so that every object's name stays within 63.\n" $name (len $name)) -}}
{{- end -}}
{{- end -}}

{{/* One autoscaler per service, and one that this cluster can have. */}}
{{- define "service-template.checkAutoscaler" -}}
{{- $name := include "service-template.name" . -}}
{{- $hasKeda := .Capabilities.APIVersions.Has "keda.sh/v1alpha1" -}}
{{- with .Values.autoscaling -}}
{{- if and (eq .mode "keda") (not $hasKeda) -}}
{{- fail (printf "\n\n%s.autoscaling.mode: keda needs KEDA, and this cluster does not know keda.sh/v1alpha1; install KEDA first, or set the mode to hpa.\n" $name) -}}
{{- end -}}
{{- if and .customMetrics.latencyP95Milliseconds (or (ne .mode "keda") (not .customMetrics.requestsPerSecond)) -}}
{{- fail (printf "\n\n%s.autoscaling.customMetrics: latencyP95Milliseconds only strengthens the signal of requestsPerSecond, and only in mode keda; set both, or leave it 0.\n" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A HorizontalPodAutoscaler of the chart's beside KEDA's own of the same name would go with the ScaledObject. Sees nothing without a cluster. */}}
{{- define "service-template.checkScaledObjects" -}}
{{- $name := include "service-template.name" . -}}
{{- if and (eq .Values.autoscaling.mode "hpa") (.Capabilities.APIVersions.Has "keda.sh/v1alpha1") -}}
{{- range (lookup "keda.sh/v1alpha1" "ScaledObject" .Release.Namespace "").items -}}
{{- if eq .spec.scaleTargetRef.name $name -}}
{{- fail (printf "\n\n%s.autoscaling.mode: the ScaledObject %s scales this service already, and would take a HorizontalPodAutoscaler away with it when it goes; delete it first (the pods stay): kubectl -n %s delete scaledobject %s\n" $name .metadata.name $.Release.Namespace .metadata.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
