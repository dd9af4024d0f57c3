{{/*
Istio gives the kubelet's probes of pods in an ambient mesh a link-local source, so that to a NetworkPolicy they no longer come from the
pod's own node, which would never be shut out. Nobody else can have these addresses.
*/}}
{{- define "namespaces.kubelet" -}}
- ipBlock: { cidr: 169.254.7.127/32 }
- ipBlock: { cidr: "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128" }
{{- end -}}
