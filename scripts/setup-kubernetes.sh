#!/usr/bin/env bash
# Brings the platform and Tartware onto Kubernetes: from Rancher's cluster to services that answer. Run it again at any time: what is done stays done.
#
# Usage: scripts/setup-kubernetes.sh [option…]
#
#   --only STEPS        these steps alone: --only services,verify
#   --skip STEPS        all but these: --skip platform
#   --again             takes no step for done because an earlier run did it
#   --values FILE       further values for the chart tartware; may be given several times, the last one wins
#   --kubeconfig FILE   the cluster (default: as kubectl, by KUBECONFIG or ~/.kube/config)
#   --context NAME      the context in it (default: the current one)
#   --timeout DURATION  how long services may take to become ready (default: 10m)
#   --dry-run           checks everything, says what would be run, and changes nothing
#   --help              this text
#
# Steps, in this order:
#   check       tools, settings, values, the cluster and your rights on it
#   cluster     Rancher makes the cluster: three control planes, a compute pool and a memory pool (only with RANCHER_KUBECONFIG)
#   namespaces  tartware-system and database, with their Pod Security
#   platform    everything that Tartware stands on, by Helmfile (charts/platform)
#   stores      PostgreSQL, Redis, Kafka and ClickHouse, by the platform's operators; needs an open Vault
#   services    the chart tartware: the nine services
#   controller  the chart tartware-controller: kinds, roles
#   ui          the chart tartware-ui: the extension, where Rancher runs
#   verify      waits until every service is ready
#
# Variables:
#   AUTO_DEPLOY              true: asks nothing before it changes the cluster (needed without a terminal); default false
#   ENVIRONMENT              dev, staging or production (default): sizes and replicas
#   INFRASTRUCTURE_PROVIDER  vsphere, aws or baremetal, with the variables of each; needed for the step "cluster"
#   RANCHER_KUBECONFIG       the cluster that Rancher runs in; without it the cluster is taken to be there
#   DOMAIN                   below which api, rancher and grafana shall be found; needed for the platform, but in dev
#   DOCKER_REGISTRY          in front of every image: registry.example.com/hotel
#   IMAGE_TAG                version of the images (default: the chart's)
#
# Exit codes: 0 done, 1 failed (it says which step, and how to go on), 2 wrong usage.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/lib/terminal.sh
source "$root/scripts/lib/terminal.sh"
# shellcheck source=scripts/lib/steps.sh
source "$root/scripts/lib/steps.sh"
# shellcheck source=scripts/lib/provider.sh
source "$root/scripts/lib/provider.sh"
# shellcheck source=scripts/lib/checks.sh
source "$root/scripts/lib/checks.sh"

readonly STEPS=(check cluster namespaces platform stores services controller ui verify)
declare -rA STEP_TITLES=(
  [check]='Checking tools, settings, values, cluster and rights'
  [cluster]='Cluster, made by Rancher'
  [namespaces]='Namespaces'
  [platform]='Platform, by Helmfile'
  [stores]='PostgreSQL, Redis, Kafka and ClickHouse'
  [services]='The nine services'
  [controller]='Kinds and roles'
  [ui]='The extension'
  [verify]='Waiting until every service is ready'
)
# These ask the cluster how it is: an earlier answer says nothing.
readonly REPEATED=(check verify)
readonly NAMESPACE=tartware-system CLUSTER=tartware
readonly SERVICES=(api-gateway core reservations billing guests rooms settings housekeeping command-center)

chosen=("${STEPS[@]}")
values=()
kubectl=(kubectl) helm=(helm) helmfile=(helmfile) rancher=(kubectl)
timeout=10m
CURRENT_STEP=''

# absolute FILE: Helmfile looks for files from its own folder.
absolute() { if [[ $1 == /* ]]; then printf '%s' "$1"; else printf '%s/%s' "$PWD" "$1"; fi; }

use_context() { kubectl=(kubectl --context "$1") helm=(helm --kube-context "$1") helmfile=(helmfile --kube-context "$1"); }

read_options() {
  local only='' skip=''
  while (($# > 0)); do
    case $1 in
      --only) take_value "$@"; only=$VALUE; shift ;;
      --skip) take_value "$@"; skip=$VALUE; shift ;;
      --values) take_value "$@"; values+=("$(absolute "$VALUE")"); shift ;;
      --kubeconfig) take_value "$@"; export KUBECONFIG=$VALUE; shift ;;
      --context) take_value "$@"; use_context "$VALUE"; shift ;;
      --timeout) take_value "$@"; timeout=$VALUE; shift ;;
      --again) STEPS_AGAIN=true ;;
      --dry-run) DRY_RUN=true ;;
      --help | -h) help_text; exit 0 ;;
      *) usage_error "unknown option '$1'" ;;
    esac
    shift
  done
  [[ $timeout =~ ^[0-9]+[smh]$ ]] || usage_error "--timeout takes a number with s, m or h, not '$timeout'"
  choose "${only:-}" "${skip:-}"
}

# choose ONLY SKIP: which steps run. "check" always does: nothing is changed on a guess.
choose() {
  local list step result=(check)
  for list in "$1" "$2"; do
    for step in ${list//,/ }; do
      [[ " ${STEPS[*]} " == *" $step "* ]] || usage_error "there is no step '$step'; the steps are ${STEPS[*]}"
    done
  done
  for step in "${STEPS[@]:1}"; do
    if [[ -n $1 && ",$1," != *",$step,"* ]] || [[ ",$2," == *",$step,"* ]]; then continue; fi
    # The stores are the platform's: who has others, has their Secrets.
    if [[ $step == stores && ",$2," == *,platform,* ]]; then continue; fi
    if [[ $step == cluster && -z ${RANCHER_KUBECONFIG:-} && $1 != *cluster* ]]; then continue; fi
    result+=("$step")
  done
  chosen=("${result[@]}")
}

runs() { [[ " ${chosen[*]} " == *" $1 "* ]]; }

step_check() {
  check_settings
  check_tools
  if [[ -n ${RANCHER_KUBECONFIG:-} ]]; then check_rancher; fi
  if runs cluster; then detail 'the cluster is checked once Rancher has made it'; else check_cluster; fi
  chart_arguments
  if runs services; then check_values; fi
  good "environment $ENVIRONMENT${INFRASTRUCTURE_PROVIDER:+ on $INFRASTRUCTURE_PROVIDER}, steps: ${chosen[*]}"
  [[ $DRY_RUN == true || $AUTO_DEPLOY == true ]] || agrees "Go on, and change the cluster?" \
    || fail NOT_CONFIRMED 'nothing was changed' 'say yes, or set AUTO_DEPLOY=true'
}

# Machines and the cluster are objects of Rancher's own cluster; Rancher does the rest, and hands out a kubeconfig.
step_cluster() {
  local folder=$root/charts/platform/rancher objects
  # Its pools have grown and shrunk since it was made: nothing of that is taken back.
  if "${rancher[@]}" get "clusters.provisioning.cattle.io/$CLUSTER" --namespace fleet-default >/dev/null 2>&1; then
    detail "the cluster $CLUSTER is there already and left as it is: change it in Rancher"
  else
    objects=$(fill_in "$folder/node-templates.yaml")
    change "${rancher[@]}" apply --server-side --field-manager=tartware-setup --filename - --selector "tartware.io/provider=$INFRASTRUCTURE_PROVIDER" <<<"$objects"
    if [[ $INFRASTRUCTURE_PROVIDER != baremetal ]]; then
      objects=$(fill_in "$folder/cluster-config.yaml")
      change "${rancher[@]}" apply --server-side --field-manager=tartware-setup --filename - <<<"$objects"
    fi
  fi
  [[ $DRY_RUN != true ]] || return 0
  if [[ $INFRASTRUCTURE_PROVIDER == baremetal ]]; then ask_to_register; fi
  "${rancher[@]}" wait "clusters.provisioning.cattle.io/$CLUSTER" --namespace fleet-default --for=condition=Ready --timeout=60m
  mkdir -p "$STEP_FOLDER"
  (umask 077 && "${rancher[@]}" get secret "$CLUSTER-kubeconfig" --namespace fleet-default --output 'go-template={{ .data.value | base64decode }}' >"$STEP_FOLDER/kubeconfig")
  export KUBECONFIG=$STEP_FOLDER/kubeconfig
  good "its kubeconfig is $KUBECONFIG"
  check_cluster
}

# Rancher cannot start a machine that is one's own: it is told there whom it belongs to.
ask_to_register() {
  local id
  "${rancher[@]}" wait "clusters.provisioning.cattle.io/$CLUSTER" --namespace fleet-default --for='jsonpath={.status.clusterName}' --timeout=5m >/dev/null
  id=$("${rancher[@]}" get "clusters.provisioning.cattle.io/$CLUSTER" --namespace fleet-default --output 'jsonpath={.status.clusterName}')
  say 'Run on each machine, as root; this waits until they have joined:'
  registrations "$("${rancher[@]}" get clusterregistrationtokens.management.cattle.io --namespace "$id" --output 'jsonpath={.items[0].status.nodeCommand}')"
}

# Only those of Tartware itself: quota, limits and priorities come with the chart, and the platform's namespaces with the platform.
step_namespaces() {
  change "${kubectl[@]}" apply --server-side --field-manager=tartware-setup --filename "$root/charts/kubernetes/base-config.yaml" --selector app.kubernetes.io/part-of=tartware-platform
}

# Whether the cluster is laid out as charts/platform does it: then Helmfile knows the values of Tartware's own charts too.
has_platform() { runs platform || "${helm[@]}" status namespaces --namespace kube-system >/dev/null 2>&1; }

# with_helmfile SELECTOR: puts into the array of this name how Helmfile is called in this environment, for the releases that the selector names.
with_helmfile() {
  with_helmfile=("${helmfile[@]}" --file "$root/charts/platform/helmfile.yaml.gotmpl" --environment "$ENVIRONMENT" --selector "$1")
  if [[ -n ${DOMAIN:-} ]]; then with_helmfile+=(--state-values-set-string "domain=$DOMAIN"); fi
  if [[ -n ${DOCKER_REGISTRY:-} ]]; then with_helmfile+=(--state-values-set-string "imageRegistry=$DOCKER_REGISTRY"); fi
  if [[ -n ${IMAGE_TAG:-} ]]; then with_helmfile+=(--state-values-set-string "imageTag=$IMAGE_TAG"); fi
  # Nobody can make a machine there.
  if [[ ${INFRASTRUCTURE_PROVIDER:-} == baremetal ]]; then with_helmfile+=(--state-values-set clusterAutoscaler.enabled=false); fi
}

# Rancher itself only where one cluster is everything: in dev, and not if Rancher made or took in this cluster.
step_platform() {
  local cluster='cluster-hotel=true,'
  if [[ $ENVIRONMENT == dev && -z ${RANCHER_KUBECONFIG:-} ]] && ! "${kubectl[@]}" get deployment cattle-cluster-agent --namespace cattle-system >/dev/null 2>&1; then cluster=''; fi
  sync_releases name=namespaces
  if [[ $DRY_RUN != true ]]; then check_platform_secrets; fi
  sync_releases "${cluster}stage=platform"
}

step_stores() {
  if [[ $DRY_RUN != true ]]; then check_vault; fi
  sync_releases stage=stores
}

# sync_releases SELECTOR: what the selector names is installed. What a killed run of this step left pending is freed first.
sync_releases() {
  local release namespace
  if was_begun "$CURRENT_STEP"; then
    while read -r release namespace; do free_release "$release" "$namespace"; done < <("${helm[@]}" list --pending --all-namespaces | awk 'NR > 1 { print $1, $2 }')
  fi
  note_begun "$CURRENT_STEP"
  with_helmfile "$1"
  attended "${with_helmfile[@]}" sync
}

# install RELEASE NAMESPACE ARGUMENT…: one of Tartware's own charts. It never waits for pods here: "verify" does, and says more.
install() {
  local release=$1 namespace=$2
  shift 2
  free_release "$release" "$namespace"
  note_begun "$CURRENT_STEP"
  if has_platform; then
    local own=()
    if [[ $release == tartware ]]; then own=("${files[@]}"); fi
    with_helmfile "name=$release"
    attended "${with_helmfile[@]}" sync --skip-deps "${own[@]}"
  else
    attended "${helm[@]}" upgrade "$release" "$root/charts/$release" --install --namespace "$namespace" --create-namespace --timeout "$timeout" "$@"
  fi
}

# A killed Helm leaves its release pending, and the next one refuses it: back to the revision before, or away, if it was this script's.
free_release() {
  local revision
  revision=$("${helm[@]}" list --pending --namespace "$2" --filter "^$1\$" --output yaml | sed -n 's/^.*revision: *"\{0,1\}\([0-9]*\).*/\1/p')
  [[ -n $revision ]] || return 0
  was_begun "$CURRENT_STEP" || fail RELEASE_PENDING "somebody is installing the release $1 in $2" \
    "wait for them; if there is nobody: helm $( ((revision > 1)) && echo rollback || echo uninstall) $1 --namespace $2, and run this again"
  detail "the release $1 was left pending by a run that was killed"
  if ((revision > 1)); then change "${helm[@]}" rollback "$1" --namespace "$2"; else change "${helm[@]}" uninstall "$1" --namespace "$2"; fi
}

step_services() { install tartware "$NAMESPACE" "${arguments[@]}"; }

step_controller() { install tartware-controller "$NAMESPACE"; }

# Rancher loads extensions where Rancher itself runs.
step_ui() {
  if [[ -n ${RANCHER_KUBECONFIG:-} ]]; then
    local -x KUBECONFIG=$RANCHER_KUBECONFIG
    local helm=(helm) helmfile=(helmfile)
  fi
  local images=()
  if [[ -n ${DOCKER_REGISTRY:-} ]]; then images+=(--set-string "global.imageRegistry=$DOCKER_REGISTRY"); fi
  if [[ -n ${IMAGE_TAG:-} ]]; then images+=(--set-string "image.tag=$IMAGE_TAG"); fi
  install tartware-ui cattle-ui-plugin-system "${images[@]}"
}

step_verify() {
  local service
  if [[ $DRY_RUN == true ]]; then detail 'would wait for each of the nine services'; return 0; fi
  for service in "${SERVICES[@]}"; do
    "${kubectl[@]}" rollout status "deployment/$service" --namespace "$NAMESPACE" --timeout "$timeout" >/dev/null \
      || fail SERVICE_NOT_READY "$service is not ready after $timeout" "see: kubectl -n $NAMESPACE describe deployment/$service, and the logs of its pods"
    good "$service: $("${kubectl[@]}" get "deployment/$service" --namespace "$NAMESPACE" -o 'jsonpath={.status.readyReplicas} of {.spec.replicas}') pods ready"
  done
}

# One folder for each cluster: what was done on one says nothing about another. @throws ALREADY_RUNNING
open_journal() {
  local state=${XDG_STATE_HOME:-$HOME/.local/state}/tartware-setup id asked=("${kubectl[@]}")
  if runs cluster; then asked=("${rancher[@]}"); fi
  id=$("${asked[@]}" get namespace kube-system -o 'jsonpath={.metadata.uid}' 2>/dev/null) || return 0
  STEP_FOLDER=$state/$id
  # What Rancher made is one of several clusters that it may have.
  if runs cluster; then STEP_FOLDER+=-$CLUSTER; fi
  claim_folder
  # An earlier run had Rancher make it.
  if runs cluster && [[ -s $STEP_FOLDER/kubeconfig ]]; then export KUBECONFIG=$STEP_FOLDER/kubeconfig; fi
}

say_how_to_go_on() {
  local code=$?
  release_folder
  ((code != 0)) && [[ -n $CURRENT_STEP && $CURRENT_STEP != check ]] || return 0
  printf '%s\n' "Step \"$CURRENT_STEP\" did not finish. Run the same command again: the steps before it stay done." >&2
}

main() {
  read_options "$@"
  trap say_how_to_go_on EXIT
  local file
  STEP_SETTINGS="${ENVIRONMENT:-} ${DOMAIN:-} ${DOCKER_REGISTRY:-} ${IMAGE_TAG:-} ${INFRASTRUCTURE_PROVIDER:-}"
  mapfile -t STEP_INPUTS < <(find "$root/charts" -type f -not -path '*/charts/*/charts/*' -not -name '*.ts' | sort)
  for file in "${values[@]}"; do if [[ -r $file ]]; then STEP_INPUTS+=("$file"); fi; done
  if [[ -n ${RANCHER_KUBECONFIG:-} ]]; then rancher=(kubectl --kubeconfig "$RANCHER_KUBECONFIG"); fi
  if has kubectl; then open_journal; fi
  run_steps "${chosen[@]}"
  headline 'Done.'
}

main "$@"
