-- Which tables hold the log, and who may do what to them? Made by `python -m shared.operations.log_script`.
-- They belong to a role that nobody logs in as: the service appends and reads, and cannot alter, empty or drop them.

CREATE TABLE chain (
	organisation UUID NOT NULL,
	sequence BIGINT NOT NULL,
	hash BYTEA NOT NULL,
	recorded BIGINT NOT NULL,
	PRIMARY KEY (organisation)
);

CREATE TABLE event (
	organisation UUID NOT NULL,
	sequence BIGINT NOT NULL,
	event_id UUID NOT NULL,
	type TEXT NOT NULL,
	subject UUID NOT NULL,
	version BIGINT NOT NULL,
	occurred TEXT NOT NULL,
	recorded BIGINT NOT NULL,
	actor TEXT NOT NULL,
	attributes BYTEA,
	fact BYTEA NOT NULL,
	personal BYTEA,
	content BYTEA NOT NULL,
	hash BYTEA NOT NULL,
	PRIMARY KEY (organisation, sequence),
	UNIQUE (organisation, event_id),
	UNIQUE (subject, organisation, version)
);

CREATE OR REPLACE FUNCTION nennep_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE FUNCTION nennep_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.organisation <> OLD.organisation OR NEW.sequence <= OLD.sequence THEN
        RAISE EXCEPTION 'a chain only moves on' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON event
FOR EACH STATEMENT EXECUTE FUNCTION nennep_refuse();

CREATE TRIGGER chain_remains BEFORE DELETE OR TRUNCATE ON chain
FOR EACH STATEMENT EXECUTE FUNCTION nennep_refuse();

CREATE TRIGGER chain_moves_on BEFORE UPDATE ON chain FOR EACH ROW EXECUTE FUNCTION nennep_moves_on();

ALTER TABLE event ENABLE ROW LEVEL SECURITY;

ALTER TABLE event FORCE ROW LEVEL SECURITY;

ALTER TABLE chain ENABLE ROW LEVEL SECURITY;

ALTER TABLE chain FORCE ROW LEVEL SECURITY;

CREATE POLICY event_seen ON event FOR SELECT USING (CASE WHEN (SELECT current_setting('nennep.reads', true)) = '*' THEN true ELSE organisation = ANY (string_to_array((SELECT current_setting('nennep.reads', true)), ',')::uuid[]) END);

CREATE POLICY chain_seen ON chain FOR SELECT USING (CASE WHEN (SELECT current_setting('nennep.reads', true)) = '*' THEN true ELSE organisation = ANY (string_to_array((SELECT current_setting('nennep.reads', true)), ',')::uuid[]) END);

CREATE POLICY event_begun ON event FOR INSERT WITH CHECK (organisation = ANY (string_to_array((SELECT current_setting('nennep.writes', true)), ',')::uuid[]));

CREATE POLICY chain_begun ON chain FOR INSERT WITH CHECK (organisation = ANY (string_to_array((SELECT current_setting('nennep.writes', true)), ',')::uuid[]));

CREATE POLICY chain_raised ON chain FOR UPDATE USING (organisation = ANY (string_to_array((SELECT current_setting('nennep.writes', true)), ',')::uuid[])) WITH CHECK (organisation = ANY (string_to_array((SELECT current_setting('nennep.writes', true)), ',')::uuid[]));
