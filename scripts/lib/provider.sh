# shellcheck shell=bash
# What each infrastructure provider has to be told before Rancher can make machines there. Sourced after terminal.sh.

readonly PROVIDERS=(vsphere aws baremetal)

# provider_variables PROVIDER: its variables, one per line, each with what it means.
provider_variables() {
  case $1 in
    vsphere) cat <<'LIST' ;;
VSPHERE_CLOUD_CREDENTIAL Rancher's cloud credential for vCenter, as namespace:name (cattle-global-data:cc-abc12)
VSPHERE_DATACENTER inventory path of the datacenter: /DC1
VSPHERE_DATASTORE inventory path of the datastore: /DC1/datastore/fast
VSPHERE_FOLDER folder of the machines: /DC1/vm/tartware
VSPHERE_NETWORK network of the machines: /DC1/network/tartware
VSPHERE_RESOURCE_POOL resource pool: /DC1/host/Cluster/Resources/tartware
VSPHERE_TEMPLATE template that machines are cloned from: /DC1/vm/templates/sles-15
LIST
    aws) cat <<'LIST' ;;
AWS_CLOUD_CREDENTIAL Rancher's cloud credential for AWS, as namespace:name (cattle-global-data:cc-abc12)
AWS_REGION region: eu-central-1
AWS_ZONE letter of the availability zone: a
AWS_VPC_ID network: vpc-0123456789abcdef0
AWS_SUBNET_ID subnet of the machines: subnet-0123456789abcdef0
AWS_SECURITY_GROUP name of the security group: rancher-nodes
AWS_AMI image of the machines: ami-0123456789abcdef0
LIST
    baremetal) cat <<'LIST' ;;
BAREMETAL_CONTROL_PLANE addresses of the three control planes, separated by commas
BAREMETAL_COMPUTE addresses of the machines of the compute pool, separated by commas
BAREMETAL_MEMORY addresses of the machines of the memory pool, separated by commas
LIST
  esac
}

# check_provider PROVIDER: it is known, and its variables are set. @throws PROVIDER_UNKNOWN, VARIABLE_MISSING (all that are missing at once)
check_provider() {
  local name meaning missing=''
  [[ " ${PROVIDERS[*]} " == *" $1 "* ]] \
    || fail PROVIDER_UNKNOWN "INFRASTRUCTURE_PROVIDER is '$1'" "set it to one of: ${PROVIDERS[*]}"
  while read -r name meaning; do
    [[ -n ${!name:-} ]] || missing+=$'\n'"    $name  $meaning"
  done < <(provider_variables "$1")
  [[ -z $missing ]] || fail VARIABLE_MISSING "$1 needs variables that are not set:$missing" 'set them in the environment, then run this again'
  case $1 in
    vsphere) check_credential VSPHERE_CLOUD_CREDENTIAL ;;
    aws)
      check_credential AWS_CLOUD_CREDENTIAL
      [[ $AWS_ZONE =~ ^[a-z]$ ]] || fail SETTING_INVALID "AWS_ZONE is '$AWS_ZONE'" 'name the letter alone: a' ;;
    baremetal) check_control_planes ;;
  esac
}

check_credential() { [[ ${!1} =~ ^[a-z0-9-]+:[a-z0-9-]+$ ]] || fail SETTING_INVALID "$1 is '${!1}'" 'name it as Rancher does, namespace:name (cattle-global-data:cc-abc12)'; }

check_control_planes() {
  local count
  count=$(tr ',' '\n' <<<"$BAREMETAL_CONTROL_PLANE" | grep . | sort -u | wc -l | tr -d ' ')
  ((count == 3)) || fail CONTROL_PLANES "BAREMETAL_CONTROL_PLANE names $count machines" 'name three: etcd needs a majority'
}

# fill_in FILE: the file with the provider's variables put in, and what cluster-config.yaml asks for beside them.
fill_in() {
  local kind='' credential=''
  case $INFRASTRUCTURE_PROVIDER in
    vsphere) kind=VmwarevsphereConfig credential=$VSPHERE_CLOUD_CREDENTIAL ;;
    aws) kind=Amazonec2Config credential=$AWS_CLOUD_CREDENTIAL ;;
  esac
  # shellcheck disable=SC2016 # the names, for envsubst: no other variable of the environment may get in
  MACHINE_CONFIG_KIND=$kind CLOUD_CREDENTIAL=$credential ENVIRONMENT=$ENVIRONMENT \
    envsubst "$(provider_variables "$INFRASTRUCTURE_PROVIDER" | awk '{ printf "${%s} ", $1 }') "'${MACHINE_CONFIG_KIND} ${CLOUD_CREDENTIAL} ${ENVIRONMENT}' <"$1"
}

# registrations COMMAND: what to run on each machine of one's own, so that it joins as what it is.
registrations() {
  local roles machines machine
  while read -r machines roles; do
    for machine in ${machines//,/ }; do detail "on $machine:  $1 $roles"; done
  done <<LIST
$BAREMETAL_CONTROL_PLANE --etcd --controlplane
$BAREMETAL_COMPUTE --worker --label tartware.io/pool=compute
$BAREMETAL_MEMORY --worker --label tartware.io/pool=memory --taints tartware.io/pool=memory:PreferNoSchedule
LIST
}
