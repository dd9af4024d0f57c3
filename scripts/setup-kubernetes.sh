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
kubectl=(kubectl) helm=(helm) helmfile=(helmfile)
again=false
timeout=10m
CURRENT_STEP=''

use_context() { kubectl=(kubectl --context "$1") helm=(helm --kube-context "$1") helmfile=(helmfile --kube-context "$1"); }

read_options() {
  local only='' skip=''
  while (($# > 0)); do
    case $1 in
      --only) take_value "$@"; only=$VALUE; shift ;;
      --skip) take_value "$@"; skip=$VALUE; shift ;;
      --values) take_value "$@"; values+=("$VALUE"); shift ;;
      --kubeconfig) take_value "$@"; export KUBECONFIG=$VALUE; shift ;;
      --context) take_value "$@"; use_context "$VALUE"; shift ;;
      --timeout) take_value "$@"; timeout=$VALUE; shift ;;
      --again) again=true ;;
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
  if runs cluster; then detail 'the cluster is checked once Rancher has made it'; else check_cluster; fi
  chart_arguments
  check_values
  good "environment $ENVIRONMENT${INFRASTRUCTURE_PROVIDER:+ on $INFRASTRUCTURE_PROVIDER}, steps: ${chosen[*]}"
  [[ $DRY_RUN == true || $AUTO_DEPLOY == true ]] || agrees "Go on, and change the cluster?" \
    || fail NOT_CONFIRMED 'nothing was changed' 'say yes, or set AUTO_DEPLOY=true'
}

rancher() { kubectl --kubeconfig "$RANCHER_KUBECONFIG" "$@"; }

# Machines and the cluster are objects of Rancher's own cluster; Rancher does the rest, and hands out a kubeconfig.
step_cluster() {
  local folder=$root/charts/platform/rancher made=(apply --server-side --field-manager=tartware-setup --filename -)
  fill_in "$folder/node-templates.yaml" | change rancher "${made[@]}" --selector "tartware.io/provider=$INFRASTRUCTURE_PROVIDER"
  if [[ $INFRASTRUCTURE_PROVIDER != baremetal ]]; then fill_in "$folder/cluster-config.yaml" | change rancher "${made[@]}"; fi
  [[ $DRY_RUN != true ]] || return 0
  if [[ $INFRASTRUCTURE_PROVIDER == baremetal ]]; then ask_to_register; fi
  rancher wait "clusters.provisioning.cattle.io/$CLUSTER" --namespace fleet-default --for=condition=Ready --timeout=60m
  mkdir -p "$STEP_FOLDER"
  (umask 077 && rancher get secret "$CLUSTER-kubeconfig" --namespace fleet-default --output 'go-template={{ .data.value | base64decode }}' >"$STEP_FOLDER/kubeconfig")
  export KUBECONFIG=$STEP_FOLDER/kubeconfig
  good "its kubeconfig is $KUBECONFIG"
  check_cluster
}

# Rancher cannot start a machine that is one's own: it is told there whom it belongs to.
ask_to_register() {
  local id
  rancher wait "clusters.provisioning.cattle.io/$CLUSTER" --namespace fleet-default --for='jsonpath={.status.clusterName}' --timeout=5m >/dev/null
  id=$(rancher get "clusters.provisioning.cattle.io/$CLUSTER" --namespace fleet-default --output 'jsonpath={.status.clusterName}')
  say 'Run on each machine, as root; this waits until they have joined:'
  registrations "$(rancher get clusterregistrationtokens.management.cattle.io --namespace "$id" --output 'jsonpath={.items[0].status.nodeCommand}')"
}

# Only those of Tartware itself: quota, limits and priorities come with the chart, and the platform's namespaces with the platform.
step_namespaces() {
  change "${kubectl[@]}" apply --server-side --field-manager=tartware-setup --filename "$root/charts/kubernetes/base-config.yaml" --selector app.kubernetes.io/part-of=tartware-platform
}

# Whether the cluster is laid out as charts/platform does it: then Helmfile knows the values of Tartware's own charts too.
has_platform() { runs platform || "${helm[@]}" status namespaces --namespace kube-system >/dev/null 2>&1; }

# helmfile_for SELECTOR ARGUMENT…: Helmfile in the environment, for the releases that the selector names.
helmfile_for() {
  local selector=$1
  shift
  "${helmfile[@]}" --file "$root/charts/platform/helmfile.yaml.gotmpl" --environment "$ENVIRONMENT" --selector "$selector" \
    ${DOCKER_REGISTRY:+--state-values-set-string "imageRegistry=$DOCKER_REGISTRY"} ${IMAGE_TAG:+--state-values-set-string "imageTag=$IMAGE_TAG"} "$@"
}

# Where Rancher has a cluster to itself, it got its part there.
step_platform() {
  local cluster=${RANCHER_KUBECONFIG:+cluster-hotel=true,}
  change helmfile_for name=namespaces sync
  if [[ $DRY_RUN != true ]]; then check_platform_secrets; fi
  change helmfile_for "${cluster}stage=platform" sync
}

step_stores() {
  if [[ $DRY_RUN != true ]]; then check_vault; fi
  change helmfile_for stage=stores sync
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
    change helmfile_for "name=$release" sync --skip-deps "${own[@]}"
  else
    change "${helm[@]}" upgrade "$release" "$root/charts/$release" --install --namespace "$namespace" --create-namespace --timeout "$timeout" "$@"
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
  install tartware-ui cattle-ui-plugin-system
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

# One folder for each cluster: what was done on one says nothing about another.
open_journal() {
  local state=${XDG_STATE_HOME:-$HOME/.local/state}/tartware-setup name
  name=$("${kubectl[@]}" get namespace kube-system -o 'jsonpath={.metadata.uid}' 2>/dev/null) || name=new
  if runs cluster; then name='made-by-rancher'; fi
  STEP_FOLDER=$state/$name
  if [[ $again == true && $DRY_RUN != true ]]; then rm -f "${STEPS[@]/#/$STEP_FOLDER/}"; fi
  # An earlier run had Rancher make it.
  if runs cluster && [[ -s $STEP_FOLDER/kubeconfig ]]; then export KUBECONFIG=$STEP_FOLDER/kubeconfig; fi
}

say_how_to_go_on() {
  local code=$?
  ((code != 0)) && [[ -n $CURRENT_STEP && $CURRENT_STEP != check ]] || return 0
  printf '%s\n' "Step \"$CURRENT_STEP\" did not finish. Run the same command again: the steps before it stay done." >&2
}

main() {
  read_options "$@"
  trap say_how_to_go_on EXIT
  local file
  STEP_SETTINGS="${ENVIRONMENT:-} ${DOCKER_REGISTRY:-} ${IMAGE_TAG:-} ${INFRASTRUCTURE_PROVIDER:-}"
  mapfile -t STEP_INPUTS < <(find "$root/charts" -type f -not -path '*/charts/*/charts/*' -not -name '*.ts' | sort)
  for file in "${values[@]}"; do if [[ -r $file ]]; then STEP_INPUTS+=("$file"); fi; done
  has kubectl && open_journal
  run_steps "${chosen[@]}"
  headline 'Done.'
}

main "$@"
