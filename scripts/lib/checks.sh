# shellcheck shell=bash
# What has to hold before anything of a cluster is changed. Sourced by setup-kubernetes.sh, whose settings these read.
# shellcheck disable=SC2154

check_settings() {
  AUTO_DEPLOY=${AUTO_DEPLOY:-false} ENVIRONMENT=${ENVIRONMENT:-production}
  [[ $AUTO_DEPLOY == true || $AUTO_DEPLOY == false ]] || fail SETTING_INVALID "AUTO_DEPLOY is '$AUTO_DEPLOY'" 'set it to true or false'
  [[ $ENVIRONMENT =~ ^(dev|staging|production)$ ]] || fail SETTING_INVALID "ENVIRONMENT is '$ENVIRONMENT'" 'set it to dev, staging or production'
  [[ ${IMAGE_TAG:-} != latest ]] || fail SETTING_INVALID 'IMAGE_TAG is latest, which names no version' 'set it to the version that was built'
  [[ ${IMAGE_TAG:-x} =~ ^[A-Za-z0-9_][A-Za-z0-9._-]*$ ]] || fail SETTING_INVALID "IMAGE_TAG is '$IMAGE_TAG', which is no tag" 'letters, digits, dots, dashes and underscores make one'
  [[ ${DOCKER_REGISTRY:-x} =~ ^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9._-]+)*$ ]] \
    || fail SETTING_INVALID "DOCKER_REGISTRY is '$DOCKER_REGISTRY'" 'name host and path alone, without https:// and without a slash at the end: registry.example.com/hotel'
  local file
  for file in "${values[@]}"; do [[ -r $file ]] || fail VALUES_MISSING "there is no file '$file' to read values from" 'see --values'; done
  if [[ -n ${DOMAIN:-} && ! $DOMAIN =~ ^[a-z0-9-]+(\.[a-z0-9-]+)+$ ]]; then fail SETTING_INVALID "DOMAIN is '$DOMAIN'" 'name a domain: hotel.example.org'; fi
  if runs platform && [[ $ENVIRONMENT != dev && -z ${DOMAIN:-} ]] && grep -q '^domain: .*example\.com' "$root/charts/platform/environments/common.yaml"; then
    fail VARIABLE_MISSING 'DOMAIN is not set, and the environments name an example' 'set it to the domain below which api, rancher and grafana shall be found'
  fi
  if runs cluster; then
    [[ -n ${RANCHER_KUBECONFIG:-} ]] || fail VARIABLE_MISSING 'RANCHER_KUBECONFIG is not set, and Rancher makes the cluster' 'set it to the kubeconfig of the cluster that Rancher runs in, or --skip cluster'
    [[ -n ${INFRASTRUCTURE_PROVIDER:-} ]] || fail VARIABLE_MISSING 'INFRASTRUCTURE_PROVIDER is not set' "set it to one of: ${PROVIDERS[*]}"
  fi
  # Whoever names a provider means it, also for a cluster that is there.
  if [[ -n ${INFRASTRUCTURE_PROVIDER:-} ]]; then check_provider "$INFRASTRUCTURE_PROVIDER"; fi
}

check_tools() {
  local tool needed=(kubectl helm)
  if runs platform || runs stores; then needed+=(helmfile); fi
  if runs cluster; then needed+=(envsubst); fi
  for tool in "${needed[@]}"; do
    has "$tool" || fail TOOL_MISSING "$tool is not installed" 'scripts/install-prerequisites.sh installs kubectl, helm and helmfile; envsubst comes with gettext'
  done
  if has helmfile; then check_helmfile; fi
}

# Helm 4 needs a Helmfile that knows it.
check_helmfile() {
  local version
  version=$(helmfile --version | grep -Eo '[0-9]+\.[0-9]+' | head -n 1)
  if [[ $(helm version --short) == v4* ]] && { ((${version%.*} < 1)) || ((${version%.*} == 1 && ${version#*.} < 2)); }; then
    fail TOOL_TOO_OLD "helmfile $version does not know Helm 4" 'scripts/install-prerequisites.sh installs a newer one'
  fi
}

# The cluster that Rancher runs in.
check_rancher() {
  "${rancher[@]}" get namespace kube-system >/dev/null 2>&1 || fail CLUSTER_UNREACHABLE "Rancher's cluster does not answer by RANCHER_KUBECONFIG=$RANCHER_KUBECONFIG" 'is it the right file, and can the cluster be reached from here?'
  "${rancher[@]}" auth can-i create clusters.provisioning.cattle.io --namespace fleet-default >/dev/null 2>&1 || fail FORBIDDEN "you may not make clusters in Rancher's namespace fleet-default" "ask Rancher's administrator"
}

# The chart's arguments: values in the order in which one overrides the other.
chart_arguments() {
  files=() arguments=()
  local file service
  for file in "${values[@]}"; do files+=(--values "$file"); done
  if [[ $ENVIRONMENT != dev ]]; then arguments+=(--values "$root/charts/tartware/values-production.yaml"); fi
  arguments+=("${files[@]}")
  if [[ -n ${DOCKER_REGISTRY:-} ]]; then arguments+=(--set-string "global.imageRegistry=$DOCKER_REGISTRY"); fi
  if [[ -n ${IMAGE_TAG:-} ]]; then
    for service in "${SERVICES[@]}"; do arguments+=(--set-string "$service.image.tag=$IMAGE_TAG"); done
  fi
}

# What charts/platform brings, for a cluster that it has not been brought to yet.
readonly PLATFORM_APIS=(
  monitoring.coreos.com/v1 gateway.networking.k8s.io/v1 cert-manager.io/v1 security.istio.io/v1 networking.istio.io/v1 telemetry.istio.io/v1
  keda.sh/v1alpha1 external-secrets.io/v1 postgresql.cnpg.io/v1 kafka.strimzi.io/v1 redis.redis.opstreelabs.in/v1beta2 clickhouse.altinity.com/v1
)

# The chart renders with these values: as Helmfile gives them to a cluster with the platform, or on what the cluster knows.
check_values() {
  local words seen=(--dry-run=server)
  # A cluster that Rancher has not made yet knows nothing: what the platform will bring is taken for there.
  if runs cluster; then read -r -a seen <<<"${PLATFORM_APIS[*]/#/--api-versions }"; fi
  words=$("${helm[@]}" dependency build "$root/charts/tartware" --skip-refresh 2>&1) || fail CHART_BROKEN "$words" 'the checkout seems incomplete: fetch it again'
  if has_platform; then
    has helmfile || fail TOOL_MISSING 'helmfile is not installed, and the cluster has the platform' 'scripts/install-prerequisites.sh installs it'
    with_helmfile name=tartware
    words=$("${with_helmfile[@]}" template --skip-deps "${files[@]}" --args "${PLATFORM_APIS[*]/#/--api-versions }" 2>&1 >/dev/null)
  else
    words=$("${helm[@]}" template tartware "$root/charts/tartware" --namespace "$NAMESPACE" "${arguments[@]}" "${seen[@]}" 2>&1 >/dev/null)
  fi || fail VALUES_REFUSED "$words" "change what it names; in a new cluster, make the namespaces for its Secrets first: ${0##*/} --only namespaces"
}

check_cluster() {
  local version nodes
  version=$("${kubectl[@]}" version -o yaml 2>&1) || fail CLUSTER_UNREACHABLE "$(tail -n 1 <<<"$version")" 'is KUBECONFIG (or --kubeconfig, --context) the cluster that you mean, and can it be reached from here?'
  version=$(sed -n '/^serverVersion/,$s/^ *minor: *"\{0,1\}\([0-9]*\).*/\1/p' <<<"$version")
  ((version >= 30)) || fail CLUSTER_TOO_OLD "the cluster runs Kubernetes 1.$version" 'upgrade it to 1.30 or newer: autoscaling by container needs it'
  nodes=$("${kubectl[@]}" get nodes --no-headers 2>/dev/null | grep -cw Ready || true)
  ((nodes > 0)) || fail NO_NODES 'the cluster has no node that is ready' 'see kubectl get nodes'
  check_rights
  good "Kubernetes 1.$version with $nodes nodes"
}

check_rights() {
  local what denied=()
  local needed=("create deployments.apps -n $NAMESPACE" "create secrets -n $NAMESPACE" "create rolebindings.rbac.authorization.k8s.io -n $NAMESPACE")
  if runs platform || runs namespaces || runs controller; then needed=('* * --all-namespaces'); fi
  for what in "${needed[@]}"; do
    # shellcheck disable=SC2086 # verb, kind and flags are words of their own
    (set -f && "${kubectl[@]}" auth can-i $what >/dev/null 2>&1) || denied+=("$what")
  done
  ((${#denied[@]} == 0)) || fail FORBIDDEN "you may not: ${denied[*]}" 'ask for the role cluster-admin, or --skip platform,namespaces,controller after somebody who has it ran these'
}

# What the platform's releases do not start without; the first two of charts/platform/README.md's table are made by nobody else.
check_platform_secrets() {
  local secret missing=()
  local needed=(cattle-monitoring-system/grafana-admin cattle-monitoring-system/alertmanager-receivers clickhouse-operator/clickhouse-operator)
  if [[ $ENVIRONMENT != dev && ${INFRASTRUCTURE_PROVIDER:-} != baremetal ]]; then needed+=(kube-system/cluster-autoscaler-rancher); fi
  for secret in "${needed[@]}"; do
    "${kubectl[@]}" get secret "${secret#*/}" --namespace "${secret%/*}" >/dev/null 2>&1 || missing+=("$secret")
  done
  ((${#missing[@]} == 0)) || fail SECRETS_MISSING "these Secrets (namespace/name) are not there: ${missing[*]}" 'make them as charts/platform/README.md says, then run this again'
}

# Vault starts sealed, and only people have its keys.
check_vault() {
  "${kubectl[@]}" wait pod --namespace vault --selector app.kubernetes.io/name=vault,component=server --for=condition=Ready --timeout=30s >/dev/null 2>&1 \
    || fail VAULT_SEALED 'Vault is not open' 'open and fill it as charts/platform/README.md says, then run this again'
}
