{{/*
Refuses to change an autoscaler's bounds back that somebody changed with other means than the release: in Rancher's extension, or by kubectl.
Helm 4 would stop at them half-way through the upgrade, and Helm 3 would change them back without a word. Somebody's are the bounds that
someone owns who does not own the rest of the object; bounds that the upgrade would leave as they are conflict with nobody's.
Sees nothing without a cluster.
*/}}
{{- define "service-template.ownership" -}}
{{- $name := include "service-template.name" . -}}
{{- $scaling := .Values.autoscaling -}}
{{- $keda := eq $scaling.mode "keda" -}}
{{- $kind := ternary "ScaledObject" "HorizontalPodAutoscaler" $keda -}}
{{- $bounds := dict (ternary "minReplicaCount" "minReplicas" $keda) "minReplicas" (ternary "maxReplicaCount" "maxReplicas" $keda) "maxReplicas" -}}
{{- $live := lookup (ternary "keda.sh/v1alpha1" "autoscaling/v2" $keda) $kind .Release.Namespace $name -}}
{{- if and $live (not (.Values.global).takeOverScaling) -}}
{{- range $live.metadata.managedFields -}}
{{- $manager := .manager -}}
{{- $fields := get (.fieldsV1 | default dict) "f:spec" | default dict -}}
{{- range $field, $key := $bounds -}}
{{- $now := get $live.spec $field | int -}}
{{- $wanted := get $scaling $key | int -}}
{{- if and (hasKey $fields (print "f:" $field)) (not (hasKey $fields "f:scaleTargetRef")) (ne $now $wanted) -}}
{{- fail (printf "\n\n%s.autoscaling.%s: %q set it to %d on the %s %s, and this upgrade would make it %d. Keep theirs with --set %s.autoscaling.%s=%d; or take the bounds of all services back with --set global.takeOverScaling=true, and in Helm 4 --force-conflicts too.\n" $name $key $manager $now $kind $name $wanted $name $key $now) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
