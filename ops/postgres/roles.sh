#!/bin/sh
# Makes the roles of roles.sql and sets their passwords. The image of PostgreSQL runs it once, for a new database, from
# /docker-entrypoint-initdb.d; it may be run again at any time, as after an upgrade:
#
#   docker compose exec postgres sh /docker-entrypoint-initdb.d/roles.sh
#
# Passwords come from WATERCOOLER_OWNER_PASSWORD, WATERCOOLER_APP_PASSWORD and WATERCOOLER_READER_PASSWORD, or from the
# files that these names with _FILE at their end say. A role without a password cannot log in from another machine.
set -eu

here=$(dirname "$0")
user=${POSTGRES_USER:-postgres}

run() {
  psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet --username "$user" --dbname "${POSTGRES_DB:-$user}" "$@"
}

set_password() { # ROLE PASSWORD FILE
  WATERCOOLER_NEW_PASSWORD=$2
  if [ -z "$2" ] && [ -n "$3" ]; then
    WATERCOOLER_NEW_PASSWORD=$(cat "$3")
  fi
  if [ -z "$WATERCOOLER_NEW_PASSWORD" ]; then
    return 0
  fi
  export WATERCOOLER_NEW_PASSWORD # the list of processes shows arguments, not this
  run -v role="$1" <<'SQL'
\getenv password WATERCOOLER_NEW_PASSWORD
ALTER ROLE :"role" PASSWORD :'password';
SQL
}

run --file "$here/roles.sql"
set_password watercooler_owner "${WATERCOOLER_OWNER_PASSWORD:-}" "${WATERCOOLER_OWNER_PASSWORD_FILE:-}"
set_password watercooler_app "${WATERCOOLER_APP_PASSWORD:-}" "${WATERCOOLER_APP_PASSWORD_FILE:-}"
set_password watercooler_reader "${WATERCOOLER_READER_PASSWORD:-}" "${WATERCOOLER_READER_PASSWORD_FILE:-}"
