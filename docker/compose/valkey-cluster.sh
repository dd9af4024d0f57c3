#!/bin/sh
# Makes one cluster of the nodes named: three primaries with a replica each. Does nothing where it is one already.
set -eu
first=${1%%:*}
state() { valkey-cli -h "$first" cluster info | tr -d '\r' | sed -n 's/^cluster_state://p'; }

if [ "$(state)" != ok ]; then
  timeout 60 valkey-cli --cluster create "$@" --cluster-replicas 1 --cluster-yes
fi
until [ "$(state)" = ok ]; do sleep 0.2; done
