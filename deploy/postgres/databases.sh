#!/bin/sh
# Which databases are there? One a service, each with an owner who sees no other. Runs once, on an empty volume.
set -eu
for service in $SERVICES; do
    password=$(printenv "$(echo "$service" | tr '[:lower:]' '[:upper:]')_DATABASE_PASSWORD")
    psql --no-psqlrc --set ON_ERROR_STOP=1 --set name="$service" --set password="$password" --dbname postgres --quiet <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name" ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
