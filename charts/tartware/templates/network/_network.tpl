{{/* Labels of an object of the umbrella's own: (dict "context" $ "name" <its name>). */}}
{{- define "tartware.network.labels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .context.Release.Name }}
app.kubernetes.io/part-of: tartware
app.kubernetes.io/version: {{ .context.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .context.Release.Service }}
helm.sh/chart: {{ .context.Chart.Name }}-{{ .context.Chart.Version }}
{{- end -}}

{{/* Selects the serving pods of a service: (dict "context" $ "service" <name>). */}}
{{- define "tartware.network.server" -}}
app.kubernetes.io/name: {{ .service }}
app.kubernetes.io/instance: {{ .context.Release.Name }}
app.kubernetes.io/component: server
{{- end -}}

{{/* The table of calls among the services that are switched on, as JSON: { callers: { <service>: [<service>] }, callees: the same }. */}}
{{- define "tartware.network.graph" -}}
{{- $callers := dict -}}
{{- $callees := dict -}}
{{- range $service, $called := .Values.networkPolicies.calls -}}
{{- if (index $.Values $service).enabled -}}
{{- $_ := set $callers $service list -}}
{{- $_ := set $callees $service list -}}
{{- end -}}
{{- end -}}
{{- range $caller, $called := .Values.networkPolicies.calls -}}
{{- range $callee := $called -}}
{{- if and (hasKey $callers $caller) (hasKey $callers $callee) -}}
{{- $_ := set $callers $callee (append (index $callers $callee) $caller) -}}
{{- $_ := set $callees $caller (append (index $callees $caller) $callee) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "callers" $callers "callees" $callees | toJson -}}
{{- end -}}

{{/*
Ports of a rule: (dict "context" $ "ports" <list>). Pods in an ambient mesh reach each other by one tunnel for all ports, so that the
tunnel's port is all that the network sees of it; which port is meant inside it, the mesh decides (templates/mesh).
*/}}
{{- define "tartware.network.ports" -}}
{{- range (ternary (append .ports 15008) .ports (eq .context.Values.mesh.mode "ambient")) }}
- protocol: TCP
  port: {{ int . }}
{{- end }}
{{- end -}}

{{/* One peer of a rule: { cidr } or { namespace, podLabels }, of which either may be left out; without a namespace the release's own. */}}
{{- define "tartware.network.peer" -}}
{{- if .cidr }}
- ipBlock:
    cidr: {{ .cidr }}
{{- else if .namespace }}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ .namespace }}
  {{- with .podLabels }}
  podSelector:
    matchLabels:
      {{- toYaml . | nindent 6 }}
  {{- end }}
{{- else }}
- podSelector:
    matchLabels:
      {{- toYaml .podLabels | nindent 6 }}
{{- end }}
{{- end -}}

{{/* Egress to one store: (dict "context" $ "store" <its entry>). */}}
{{- define "tartware.network.toStore" -}}
- to:
    {{- range .store.at }}
    {{- include "tartware.network.peer" . | trim | nindent 4 }}
    {{- end }}
  ports:
    {{- include "tartware.network.ports" (dict "context" .context "ports" .store.ports) | trim | nindent 4 }}
{{- end -}}

{{/* Egress of a sidecar to the mesh's control plane. In an ambient mesh that is the node's affair. */}}
{{- define "tartware.network.toMesh" -}}
{{- if eq .Values.mesh.mode "sidecar" }}
- to:
    {{- include "tartware.network.peer" .Values.mesh.controlPlane | trim | nindent 4 }}
  ports:
    - { protocol: TCP, port: 15012 }
{{- end }}
{{- end -}}

{{/*
Ingress of the kubelet's probes: (dict "context" $ "port" <number>). They need a rule only in an ambient mesh, which gives them a link-local
source; elsewhere they come from the pod's own node, which a NetworkPolicy never shuts out.
*/}}
{{- define "tartware.network.fromKubelet" -}}
{{- if eq .context.Values.mesh.mode "ambient" }}
- from:
    - ipBlock: { cidr: 169.254.7.127/32 }
    - ipBlock: { cidr: "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128" }
  ports:
    - { protocol: TCP, port: {{ int .port }} }
{{- end }}
{{- end -}}

{{/* Who may ask for health and metrics: Prometheus, and the kubelet. A sidecar has metrics of its own. */}}
{{- define "tartware.network.toOps" -}}
{{- $sidecar := ternary (list 15020 15090) list (eq .context.Values.mesh.mode "sidecar") -}}
- from:
    {{- range .context.Values.networkPolicies.monitoring }}
    {{- include "tartware.network.peer" . | trim | nindent 4 }}
    {{- end }}
  ports:
    {{- include "tartware.network.ports" (dict "context" .context "ports" (concat (list .port) $sidecar)) | trim | nindent 4 }}
{{- include "tartware.network.fromKubelet" . }}
{{- end -}}

{{/* Peers that call api-gateway from outside the release, as YAML list: the edge's proxies and those that the values name. */}}
{{- define "tartware.network.clients" -}}
{{- if .Values.edge.enabled }}
{{- include "tartware.network.peer" (dict "namespace" (include "tartware.edge.namespace" .) "podLabels" (include "tartware.edge.podLabels" . | fromYaml)) }}
{{- end }}
{{- range .Values.networkPolicies.clients }}
{{- include "tartware.network.peer" . }}
{{- end }}
{{- end -}}
