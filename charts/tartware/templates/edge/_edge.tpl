{{/* Where the Gateway, its certificate and its proxies are. */}}
{{- define "tartware.edge.namespace" -}}
{{- .Values.edge.gateway.namespace | default .Release.Namespace -}}
{{- end -}}

{{/* Labels of the proxies' pods. Gateway API asks every implementation that runs pods for a Gateway to put its name on them (GEP-1762). */}}
{{- define "tartware.edge.podLabels" -}}
gateway.networking.k8s.io/gateway-name: {{ .Values.edge.gateway.name }}
{{- end -}}

{{/* The proxies' ServiceAccount: Istio names Deployment, Service and ServiceAccount after the Gateway and its class. */}}
{{- define "tartware.edge.serviceAccount" -}}
{{- .Values.edge.gateway.serviceAccount | default (printf "%s-%s" .Values.edge.gateway.name .Values.edge.gateway.className) -}}
{{- end -}}

{{/*
How long the edge waits for an answer, in whole seconds: longer than api-gateway's own deadline, so that a client gets the answer that
explains (504 with a code and a hint) and not the edge's bare one.
*/}}
{{- define "tartware.edge.timeoutSeconds" -}}
{{- $deadline := (index .Values "api-gateway").env.REQUEST_DEADLINE_MS | default "10000" -}}
{{- add (divf (float64 $deadline) 1000 | ceil | int) .Values.edge.timeoutMarginSeconds -}}
{{- end -}}

{{- define "tartware.edge.issuer" -}}
{{- with .Values.edge.certificate.issuer -}}
kind: {{ ternary "Issuer" .kind .acme.enabled }}
name: {{ ternary (printf "%s-acme" $.Chart.Name) .name .acme.enabled }}
group: cert-manager.io
{{- end -}}
{{- end -}}

{{/* What must be so before an edge is of use. */}}
{{- define "tartware.edge.checks" -}}
{{- $edge := .Values.edge -}}
{{- if not $edge.hosts -}}
{{- fail "\n\nedge.hosts: the edge is on, but for no name; give the names that clients use, such as edge.hosts={hotel.example.com}.\n" -}}
{{- end -}}
{{- if not (index .Values "api-gateway").enabled -}}
{{- fail "\n\nedge: it leads to api-gateway, which is switched off; switch that on (api-gateway.enabled) or the edge off (edge.enabled).\n" -}}
{{- end -}}
{{- if not (.Capabilities.APIVersions.Has "gateway.networking.k8s.io/v1") -}}
{{- fail "\n\nedge: this cluster has no gateway.networking.k8s.io/v1; install Gateway API's standard CRDs and an implementation such as Istio first, or leave edge.enabled false.\n" -}}
{{- end -}}
{{- $hops := (index .Values "api-gateway").env.TRUSTED_PROXY_HOPS | default "0" -}}
{{- if ne (toString $hops) (toString $edge.trustedHops) -}}
{{- fail (printf "\n\napi-gateway.env.TRUSTED_PROXY_HOPS is %s, but edge.trustedHops says that %d proxies add to x-forwarded-for; set api-gateway.env.TRUSTED_PROXY_HOPS to \"%d\", or sign-in limits count the wrong addresses.\n" (quote $hops) (int $edge.trustedHops) (int $edge.trustedHops)) -}}
{{- end -}}
{{- with $edge.gateway.autoscaling -}}
{{- if gt (int .minReplicas) (int .maxReplicas) -}}
{{- fail (printf "\n\nedge.gateway.autoscaling: minReplicas %d is above maxReplicas %d; lower the one or raise the other.\n" (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- if and $edge.gateway.create $edge.certificate.enabled -}}
{{- if not (.Capabilities.APIVersions.Has "cert-manager.io/v1") -}}
{{- fail "\n\nedge.certificate: this cluster has no cert-manager.io/v1; install cert-manager first, or set edge.certificate.enabled=false and make the Secret of edge.certificate.secretName yourself.\n" -}}
{{- end -}}
{{- with $edge.certificate.issuer -}}
{{- if and (not .name) (not .acme.enabled) -}}
{{- fail "\n\nedge.certificate.issuer: nobody is named who signs the certificate; set its name (and kind) to an issuer of cert-manager, or acme.enabled with server and email.\n" -}}
{{- end -}}
{{- if and .name .acme.enabled -}}
{{- fail (printf "\n\nedge.certificate.issuer: both the issuer %q and acme are given; clear the name or set acme.enabled=false.\n" .name) -}}
{{- end -}}
{{- if and .acme.enabled (not $edge.gateway.listeners.http) -}}
{{- fail "\n\nedge.certificate.issuer.acme: the authority asks over plain HTTP, but the Gateway has no such listener; name one in edge.gateway.listeners.http.\n" -}}
{{- end -}}
{{- if and .acme.enabled (regexMatch "\\*" (join "," $edge.hosts)) -}}
{{- fail (printf "\n\nedge.certificate.issuer.acme: no authority gives a wildcard over HTTP (%s); name an issuer that answers by DNS in edge.certificate.issuer.name, or list each name.\n" (join ", " $edge.hosts)) -}}
{{- end -}}
{{- if and .acme.enabled (not .acme.email) -}}
{{- fail "\n\nedge.certificate.issuer.acme: give the e-mail address to which the authority may write.\n" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
