-- Our own do-not-call lists stand in the leads too, so that refills pass over nobody and the funnel
-- reads no entry: `bound` is 4 where the person is on the organisation's list with any number that
-- is in turn, which no consent lifts; and `put_off_by` begins with one `!campaign` for each campaign
-- on whose own list they are, where `listed` is 1. The database itself keeps them.
ALTER TABLE lead ADD COLUMN listed BIGINT NOT NULL DEFAULT 0;
CREATE FUNCTION lead_bound(of UUID, main TEXT) RETURNS BIGINT LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN EXISTS (SELECT 1 FROM dnc WHERE dnc.campaign IS NULL AND dnc.number = main)
            OR EXISTS (SELECT 1 FROM further_number JOIN dnc ON dnc.number = further_number.number
                WHERE further_number.lead = of AND further_number.in_turn = 1
                AND dnc.campaign IS NULL)
        THEN 4
        ELSE coalesce((SELECT max(CASE lifted_by WHEN 'express' THEN 1 WHEN 'written' THEN 2 ELSE 3 END)
            FROM dnc_registered JOIN dnc_register ON dnc_register.id = dnc_registered.register
            WHERE dnc_registered.number = main), 0)
        END
$$;

CREATE FUNCTION lead_listed_by(of UUID, main TEXT) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg('!' || replace(campaign::TEXT, '-', ''), ' ' ORDER BY campaign), '')
    FROM (SELECT campaign FROM dnc WHERE campaign IS NOT NULL AND number = main
        UNION SELECT campaign FROM further_number JOIN dnc ON dnc.number = further_number.number
        WHERE further_number.lead = of AND further_number.in_turn = 1
        AND campaign IS NOT NULL) AS listed
$$;

-- Looks these leads up anew, and forgets what campaigns put off of them.
CREATE FUNCTION relist(leads UUID[]) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(leads) > 0 THEN
        DELETE FROM lead_put_off WHERE lead = ANY (leads);
        UPDATE lead SET bound = lead_bound(id, number), put_off_by = found.listed_by,
            listed = CASE WHEN found.listed_by = '' THEN 0 ELSE 1 END
        FROM (SELECT id AS of, lead_listed_by(id, number) AS listed_by FROM lead
            WHERE id = ANY (leads)) AS found
        WHERE id = found.of;
        INSERT INTO put_off_set (list, members)
        SELECT DISTINCT list, put_off_by FROM lead WHERE id = ANY (leads) AND put_off_by <> ''
        ON CONFLICT DO NOTHING;
    END IF;
END $$;

SELECT relist(ARRAY(SELECT id FROM lead WHERE number IN (SELECT number FROM dnc)
    UNION SELECT lead FROM further_number WHERE number IN (SELECT number FROM dnc)));

DROP TRIGGER lead_bound_added ON lead;
DROP TRIGGER lead_bound_changed ON lead;
DROP TRIGGER lead_changed ON lead;
DROP FUNCTION leads_bound();
DROP FUNCTION lead_bound();
DROP FUNCTION lead_changed();

CREATE OR REPLACE FUNCTION registered_no_more() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lead SET bound = lead_bound(id, number) WHERE number IN (SELECT number FROM before);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION register_lifted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lead SET bound = lead_bound(id, number)
    WHERE number IN (SELECT number FROM dnc_registered WHERE register = NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION leads_listed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM relist(ARRAY(SELECT after.id FROM after
        JOIN dnc_registered ON dnc_registered.number = after.number
        UNION SELECT after.id FROM after JOIN dnc ON dnc.number = after.number));
    RETURN NULL;
END $$;
CREATE TRIGGER lead_listed_added AFTER INSERT ON lead
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION leads_listed();

CREATE FUNCTION lead_listed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM relist(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE TRIGGER lead_listed_changed AFTER UPDATE ON lead FOR EACH ROW
    WHEN (NEW.number <> OLD.number OR OLD.put_off_by <> '' AND NEW.version <> OLD.version)
    EXECUTE FUNCTION lead_listed();

CREATE FUNCTION further_number_listed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM relist(ARRAY(SELECT NEW.lead WHERE NEW.number IN (SELECT number FROM dnc)));
    ELSE
        PERFORM relist(ARRAY(SELECT OLD.lead WHERE OLD.number IN (SELECT number FROM dnc)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER further_number_listed AFTER INSERT ON further_number FOR EACH ROW
    WHEN (NEW.in_turn = 1) EXECUTE FUNCTION further_number_listed();
CREATE TRIGGER further_number_gone AFTER DELETE ON further_number FOR EACH ROW
    WHEN (OLD.in_turn = 1) EXECUTE FUNCTION further_number_listed();

CREATE FUNCTION listed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM relist(ARRAY(SELECT lead.id FROM changed JOIN lead ON lead.number = changed.number
        UNION SELECT further_number.lead FROM changed
        JOIN further_number ON further_number.number = changed.number
        WHERE further_number.in_turn = 1));
    RETURN NULL;
END $$;
CREATE TRIGGER listed AFTER INSERT ON dnc
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION listed();
CREATE TRIGGER listed_no_more AFTER DELETE ON dnc
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION listed();

-- Those of a list that a campaign's own list names, by the groups that the funnel counts.
CREATE INDEX lead_listed ON lead (list, status, attempts, place, consent_level, listed, put_off_by,
    bound, consent_until, consent_from, machine_at, abandoned_at, next_due_at) WHERE listed > 0;

-- Refills pass over nobody who stands on a list or a register: they would read them again and again.
DROP INDEX lead_open;
CREATE INDEX lead_open ON lead (list, priority, put_off_by, next_due_at, id)
    WHERE status IN ('new', 'due') AND consent_level >= bound;
DROP INDEX lead_callback;
CREATE INDEX lead_callback ON lead (list, put_off_by, next_due_at, id)
    WHERE status = 'callback' AND consent_level >= bound;

-- Leads change all day, and what the funnel counts is read from indexes alone: only where a vacuum
-- has been is that as fast as it can be, and only with statistics does a refill find its index.
ALTER TABLE lead SET (autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.01);
