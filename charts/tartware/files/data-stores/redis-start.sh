#!/bin/sh
# A cluster of one node, since the services speak to a cluster: it takes all slots the first time.
set -eu
cd /data
valkey-server --port 6379 --dir /data --requirepass "$REDIS_PASSWORD" --appendonly yes --maxmemory-policy allkeys-lru --protected-mode no \
  --cluster-enabled yes --cluster-require-full-coverage no --cluster-announce-hostname "$ANNOUNCE" --cluster-preferred-endpoint-type hostname &
server=$!
trap 'kill -TERM "$server"' TERM INT
export REDISCLI_AUTH="$REDIS_PASSWORD"
until valkey-cli ping 2> /dev/null | grep -q PONG; do
  kill -0 "$server" || exit 1
  sleep 0.2
done
if valkey-cli cluster info | grep -q '^cluster_slots_assigned:0'; then
  valkey-cli cluster addslotsrange 0 16383
fi
# A signal ends the first wait; the second waits for the server to have saved.
wait "$server" || wait "$server"
