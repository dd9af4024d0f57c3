{{/*
Requests per second of the whole service. A service that is scraped and got no request has 0; one that is not scraped has no value,
which KEDA takes as a failure and falls back.
*/}}
{{- define "service-template.requestsQuery" -}}
{{- $series := printf "{namespace=%q,service=%q}" .Release.Namespace (include "service-template.name" .) -}}
(sum(rate(http_requests_total{{ $series }}[2m])) or 0 * sum(up{{ $series }} == 1))
{{- with .Values.autoscaling.customMetrics.latencyP95Milliseconds }} * (clamp(1000 * histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{{ $series }}[5m]))) / {{ . }}, 1, 2) > 0 or vector(1))
{{- end -}}
{{- end -}}
