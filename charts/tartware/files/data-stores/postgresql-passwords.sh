#!/bin/bash
# The first start of the embedded PostgreSQL: the logins' passwords, each a file named after its role.
set -euo pipefail
for file in "${PASSWORDS:-/etc/tartware/passwords}"/*_{login,owner}; do
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set role="$(basename "$file")" --set password="$(cat "$file")" <<< "alter role :\"role\" password :'password';"
done
