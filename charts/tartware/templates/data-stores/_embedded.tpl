{{/*
A store of one pod for a demo, with its Service and its NetworkPolicy, in a release's hooks: it must run before the migrations, which are hooks
themselves. Only where it is not there yet, so that no upgrade touches it; Helm leaves it in place.
  context    the chart's
  store      key below dataStores, such as redis; objects are named tartware-<store>
  uid        whom the image runs as
  port       that clients use
  dataPath   where the claim is mounted
  scratch    other paths that it writes to
  container  command, env, probes and volumeMounts of its own, as YAML of keys: command, env, mounts, probe
  volumes    of its own, as YAML list
*/}}
{{- define "tartware.dataStores.embedded" -}}
{{- $name := printf "tartware-%s" .store -}}
{{- $values := (index .context.Values.dataStores .store).embedded -}}
{{- $labels := include "tartware.dataStores.labels" (dict "context" .context "name" $name) -}}
{{- $container := .container | fromYaml -}}
{{- $store := . -}}
{{- with .context }}
{{- if not (lookup "apps/v1" "StatefulSet" .Release.Namespace $name) }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- $labels | nindent 4 }}
    tartware.io/not-for-production: "true"
  annotations:
    {{- include "tartware.secrets.hook" (dict "weight" -20) | nindent 4 }}
spec:
  selector:
    app.kubernetes.io/name: {{ $name }}
    app.kubernetes.io/instance: {{ .Release.Name }}
  ports:
    - name: client
      port: {{ $store.port }}
      targetPort: client
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ $name }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- $labels | nindent 4 }}
    tartware.io/not-for-production: "true"
  annotations:
    {{- include "tartware.secrets.hook" (dict "weight" -15) | nindent 4 }}
spec:
  serviceName: {{ $name }}
  replicas: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ $name }}
      app.kubernetes.io/instance: {{ .Release.Name }}
  template:
    metadata:
      labels:
        {{- $labels | nindent 8 }}
        tartware.io/not-for-production: "true"
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: 60
      securityContext:
        runAsNonRoot: true
        runAsUser: {{ $store.uid }}
        runAsGroup: {{ $store.uid }}
        fsGroup: {{ $store.uid }}
        seccompProfile:
          type: RuntimeDefault
      {{- with (.Values.global).imagePullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      containers:
        - name: {{ $store.store }}
          image: {{ with (.Values.global).imageRegistry }}{{ . }}/{{ end }}{{ $values.image }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          {{- with $container.command }}
          command:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with $container.env }}
          env:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          ports:
            - name: client
              containerPort: {{ $store.port }}
          startupProbe:
            {{- toYaml $container.probe | nindent 12 }}
            periodSeconds: 2
            timeoutSeconds: 5
            failureThreshold: 90
          readinessProbe:
            {{- toYaml $container.probe | nindent 12 }}
            periodSeconds: 5
            timeoutSeconds: 5
          livenessProbe:
            tcpSocket:
              port: client
            periodSeconds: 10
            failureThreshold: 6
          resources:
            {{- toYaml $values.resources | nindent 12 }}
          volumeMounts:
            - name: data
              mountPath: {{ $store.dataPath }}
            {{- range $index, $path := $store.scratch }}
            - name: scratch
              mountPath: {{ $path }}
              subPath: {{ printf "%d" $index | quote }}
            {{- end }}
            {{- with $container.mounts }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
      volumes:
        - name: scratch
          emptyDir: {}
        {{- with $store.volumes }}
        {{- . | nindent 8 }}
        {{- end }}
  volumeClaimTemplates:
    - apiVersion: v1
      kind: PersistentVolumeClaim
      metadata:
        name: data
      spec:
        {{- include "tartware.dataStores.claim" $values.storage | nindent 8 }}
{{- if .Values.networkPolicies.enabled }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ $name }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- $labels | nindent 4 }}
    tartware.io/not-for-production: "true"
  annotations:
    {{- include "tartware.secrets.hook" (dict "weight" -20) | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ $name }}
      app.kubernetes.io/instance: {{ .Release.Name }}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app.kubernetes.io/part-of: tartware
              app.kubernetes.io/instance: {{ .Release.Name }}
      ports:
        {{- include "tartware.network.ports" (dict "context" . "ports" (list $store.port)) | trim | nindent 8 }}
    {{- with include "tartware.network.fromKubelet" (dict "context" . "port" $store.port) | trim }}
    {{- . | nindent 4 }}
    {{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Files for an embedded store, in the hooks like it: (dict "context" $ "store" <key> "files" <by name>). */}}
{{- define "tartware.dataStores.embeddedFiles" -}}
{{- $name := printf "tartware-%s" .store -}}
{{- $files := .files -}}
{{- with .context }}
{{- if not (lookup "v1" "ConfigMap" .Release.Namespace $name) }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $name }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "tartware.dataStores.labels" (dict "context" . "name" $name) | nindent 4 }}
    tartware.io/not-for-production: "true"
  annotations:
    {{- include "tartware.secrets.hook" (dict "weight" -20) | nindent 4 }}
data:
  {{- toYaml $files | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}
