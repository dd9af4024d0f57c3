{{/* How a mesh knows a workload: (dict "context" $ "namespace" <its> "serviceAccount" <its>). */}}
{{- define "tartware.mesh.principal" -}}
{{- .context.Values.mesh.trustDomain }}/ns/{{ .namespace }}/sa/{{ .serviceAccount -}}
{{- end -}}

{{/* Sources that may call api-gateway from outside the release, as YAML list. A client without a ServiceAccount is known by its namespace. */}}
{{- define "tartware.mesh.clients" -}}
{{- if .Values.edge.enabled }}
- source:
    principals:
      - {{ include "tartware.mesh.principal" (dict "context" $ "namespace" (include "tartware.edge.namespace" .) "serviceAccount" (include "tartware.edge.serviceAccount" .)) }}
{{- end }}
{{- range .Values.networkPolicies.clients }}
{{- if .serviceAccount }}
- source:
    principals:
      - {{ include "tartware.mesh.principal" (dict "context" $ "namespace" (.namespace | default $.Release.Namespace) "serviceAccount" .serviceAccount) }}
{{- else }}
- source:
    namespaces:
      - {{ .namespace | default $.Release.Namespace }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What must be so before a mesh protects anything. */}}
{{- define "tartware.mesh.checks" -}}
{{- if not (.Capabilities.APIVersions.Has "security.istio.io/v1") -}}
{{- fail (printf "\n\nmesh.mode is %q, but this cluster has no security.istio.io/v1; install Istio first, or set mesh.mode=none.\n" .Values.mesh.mode) -}}
{{- end -}}
{{- range .Values.networkPolicies.clients -}}
{{- if .cidr -}}
{{- fail (printf "\n\nnetworkPolicies.clients: %s is a range of addresses, but with mesh.mode=%s nobody gets in without an identity of the mesh; name a namespace of the mesh, or come in by the edge.\n" .cidr $.Values.mesh.mode) -}}
{{- end -}}
{{- end -}}
{{- /* Empty without a cluster, and while Helm has yet to make the namespace. */ -}}
{{- with lookup "v1" "Namespace" "" .Release.Namespace -}}
{{- $labels := .metadata.labels | default dict -}}
{{- if and (eq $.Values.mesh.mode "ambient") (ne (get $labels "istio.io/dataplane-mode") "ambient") -}}
{{- fail (printf "\n\nmesh.mode is \"ambient\", but namespace %s is in no ambient mesh, and no policy of it would hold: kubectl label namespace %s istio.io/dataplane-mode=ambient\n" $.Release.Namespace $.Release.Namespace) -}}
{{- end -}}
{{- if and (eq $.Values.mesh.mode "sidecar") (ne (get $labels "istio-injection") "enabled") (not (hasKey $labels "istio.io/rev")) -}}
{{- fail (printf "\n\nmesh.mode is \"sidecar\", but pods of namespace %s get none, and no policy of it would hold: kubectl label namespace %s istio-injection=enabled\n" $.Release.Namespace $.Release.Namespace) -}}
{{- end -}}
{{- end -}}
{{- end -}}
