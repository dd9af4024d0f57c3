{{/* Kubernetes' quantities as whole numbers, for sums and comparisons. */}}

{{/* Millicores of a CPU quantity: 500m, "2", 1.5 */}}
{{- define "service-template.millicores" -}}
{{- $quantity := toString . -}}
{{- if hasSuffix "m" $quantity -}}
{{- trimSuffix "m" $quantity -}}
{{- else -}}
{{- printf "%.0f" (mulf $quantity 1000) -}}
{{- end -}}
{{- end -}}

{{/* Bytes of a memory quantity: 512Mi, 1.5Gi */}}
{{- define "service-template.bytes" -}}
{{- $factors := dict "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $quantity := toString . -}}
{{- $suffix := regexFind "[KMGT]i$" $quantity -}}
{{- printf "%.0f" (mulf (trimSuffix $suffix $quantity) (get $factors $suffix)) -}}
{{- end -}}
