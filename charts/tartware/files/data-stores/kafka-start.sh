#!/bin/bash
# One broker that is its own controller; its folder is formatted the first time.
set -euo pipefail
/opt/kafka/bin/kafka-storage.sh format --ignore-formatted --cluster-id dGFydHdhcmUtZGVtby1rYQ --config /etc/tartware/server.properties
exec /opt/kafka/bin/kafka-server-start.sh /etc/tartware/server.properties
