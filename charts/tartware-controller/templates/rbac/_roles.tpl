{{/*
Rights of people. Each role stands alone, so that one RoleBinding is enough. None holds Secrets, pods' shells or RBAC, and none reaches
outside the namespace that it is bound in: nodes and node pools come with Rancher's own roles of the cluster.
*/}}

{{- define "tartware-controller.rules.viewer" -}}
- apiGroups: [tartware.io]
  resources: [loadtestprofiles, loadtests, scalingoverrides]
  verbs: [get, list, watch]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch]
- apiGroups: [apps]
  resources: [deployments, replicasets, statefulsets]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [pods, services, events, resourcequotas, limitranges, configmaps]
  verbs: [get, list, watch]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch]
- apiGroups: [metrics.k8s.io]
  resources: [pods]
  verbs: [get, list]
- apiGroups: [keda.sh]
  resources: [scaledobjects]
  verbs: [get, list, watch]
# Metrics, alerts, and the live series of a run. Holds where the role is bound: bind it in the namespace of the monitoring, too.
- apiGroups: [""]
  resources: [services/proxy]
  resourceNames: [{{ .Values.roles.prometheus }}, {{ .Values.roles.alertmanager }}, {{ include "tartware-controller.proxied" . }}]
  verbs: [get]
{{- end -}}

{{- define "tartware-controller.rules.operator" -}}
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [patch]
- apiGroups: [keda.sh]
  resources: [scaledobjects]
  verbs: [patch]
- apiGroups: [apps]
  resources: [deployments/scale]
  verbs: [get, patch]
- apiGroups: [tartware.io]
  resources: [scalingoverrides]
  verbs: [create, update, patch, delete]
# Queries too long for an address go by POST; so do silences, and their end.
- apiGroups: [""]
  resources: [services/proxy]
  resourceNames: [{{ .Values.roles.prometheus }}, {{ .Values.roles.alertmanager }}]
  verbs: [create]
{{- end -}}

{{- define "tartware-controller.rules.load-tester" -}}
- apiGroups: [tartware.io]
  resources: [loadtests, loadtestprofiles]
  verbs: [create, update, patch, delete]
- apiGroups: [""]
  resources: [services/proxy]
  resourceNames: [{{ .Values.roles.prometheus }}]
  verbs: [create]
{{- end -}}

{{- define "tartware-controller.proxied" -}}
http:{{ include "tartware-controller.name" . }}:8080
{{- end -}}
