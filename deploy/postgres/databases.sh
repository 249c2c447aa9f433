#!/bin/sh
# Which databases are there? One a service, that no other opens. Runs once, on an empty volume.
#
# Database and log belong to <service>_log, as whom nobody logs in. The service appends to the log and reads it, makes
# its other tables itself, and can change nothing of what is recorded. <service>_reader is for people: it only reads.
set -eu
script=${LOG_SQL:-/nennep/log.sql}
for service in $SERVICES; do
    password=$(printenv "$(echo "$service" | tr '[:lower:]' '[:upper:]')_DATABASE_PASSWORD")
    psql --no-psqlrc --set ON_ERROR_STOP=1 --set name="$service" --set owner="${service}_log" --set reader="${service}_reader" \
        --set password="$password" --set script="$script" --dbname postgres --quiet <<'SQL'
CREATE ROLE :"owner" NOLOGIN;
CREATE ROLE :"reader" NOLOGIN;
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"owner" ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE :"name" TO :"name";
GRANT CONNECT ON DATABASE :"name" TO :"reader";
\connect :"name"
SET ROLE :"owner";
\i :script
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO :"name";
GRANT USAGE ON SCHEMA public TO :"reader";
GRANT SELECT, INSERT ON event TO :"name";
GRANT SELECT, INSERT, UPDATE ON chain TO :"name";
GRANT SELECT ON event, chain TO :"reader";
SQL
done
