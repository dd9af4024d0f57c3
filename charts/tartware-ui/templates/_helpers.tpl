{{/* Of Deployment, Service and what goes with them. The UIPlugin is named after the extension. */}}
{{- define "tartware-ui.name" -}}
tartware-ui
{{- end -}}

{{/* The extension's name: the bundle's files carry it, and Rancher keeps its state under it. */}}
{{- define "tartware-ui.extension" -}}
tartware
{{- end -}}

{{/* Not part of "tartware": the pages take what is for one of the services. */}}
{{- define "tartware-ui.labels" -}}
{{ include "tartware-ui.selectorLabels" . }}
app.kubernetes.io/part-of: tartware-management
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "tartware-ui.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tartware-ui.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end -}}

{{/* By digest alone where there is one: not every container runtime takes a tag and a digest together. */}}
{{- define "tartware-ui.image" -}}
{{- with (.Values.global).imageRegistry }}{{ . }}/{{ end }}{{ .Values.image.repository -}}
{{- with .Values.image.digest }}@{{ . }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end -}}

{{/* The version is part of the address, so that no pod of another version can answer for it. */}}
{{- define "tartware-ui.endpoint" -}}
http://{{ include "tartware-ui.name" . }}.{{ .Release.Namespace }}.svc:8080/{{ include "tartware-ui.extension" . }}/{{ .Chart.AppVersion }}
{{- end -}}

{{/* What must hold before anything is made. Included by the UIPlugin, so that it always runs. */}}
{{- define "tartware-ui.checks" -}}
{{- if ne .Release.Namespace "cattle-ui-plugin-system" -}}
{{- fail (printf "\n\nRancher looks for extensions in the namespace cattle-ui-plugin-system only, not in %s; install with --namespace cattle-ui-plugin-system.\n" .Release.Namespace) -}}
{{- end -}}
{{- if not (.Capabilities.APIVersions.Has "catalog.cattle.io/v1") -}}
{{- fail "\n\nThis cluster does not know catalog.cattle.io/v1, so Rancher does not run here; install into the cluster that Rancher itself runs in (\"local\"), Rancher 2.15 or newer.\n" -}}
{{- end -}}
{{- if eq .Values.image.tag "latest" -}}
{{- fail (printf "\n\nimage.tag: \"latest\" names no version, and Rancher would wait for version %s forever once the image moves on; give a tag whose image holds that version.\n" .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
