-- What of a lead's consent the funnel is counted by: its level (0 none, 1 express, 2 written), and
-- the microseconds from which and until which it holds.
DROP TRIGGER lead_added ON lead;
DROP TRIGGER lead_moved ON lead;
DROP TRIGGER lead_gone ON lead;
DROP FUNCTION lead_counts(UUID, TEXT, BIGINT, BIGINT, BIGINT);

ALTER TABLE lead ADD COLUMN consent_level BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lead ADD COLUMN consent_from BIGINT;
ALTER TABLE lead ADD COLUMN consent_until BIGINT;

UPDATE lead SET
    consent_level = CASE consent_kind WHEN 'written' THEN 2 ELSE 1 END,
    consent_from = floor(extract(epoch FROM
        (consent::json ->> 'given_at')::timestamptz) * 1000000)::BIGINT,
    consent_until = floor(extract(epoch FROM
        (consent::json ->> 'until')::timestamptz) * 1000000)::BIGINT
WHERE consent_kind IS NOT NULL;

-- All that the funnel counts stands in these indexes.
DROP INDEX lead_funnel;
CREATE INDEX lead_funnel ON lead (list, status, attempts, place, consent_level, next_due_at);
CREATE INDEX lead_consent_until ON lead
    (list, consent_until, consent_level, status, attempts, place, next_due_at, id)
    WHERE consent_until IS NOT NULL;
CREATE INDEX lead_consent_from ON lead (list, consent_from) WHERE consent_from IS NOT NULL;
CREATE INDEX attempt_abandoned ON attempt (ended_at, number) WHERE outcome = 'abandoned';
CREATE INDEX attempt_machine ON attempt (ended_at, number) WHERE outcome = 'machine';

DELETE FROM lead_tally;
ALTER TABLE lead_tally DROP CONSTRAINT lead_tally_pkey;
ALTER TABLE lead_tally ADD COLUMN consent_level BIGINT NOT NULL;
ALTER TABLE lead_tally ADD PRIMARY KEY (list, status, attempts, place, consent_level);
INSERT INTO lead_tally (list, status, attempts, place, consent_level, leads)
SELECT list, status, attempts, place, consent_level, count(*) FROM lead
GROUP BY list, status, attempts, place, consent_level;

CREATE FUNCTION lead_counts(in_list UUID, in_status TEXT, in_attempts BIGINT, in_place BIGINT,
    in_consent BIGINT, change BIGINT) RETURNS VOID LANGUAGE sql AS $$
    INSERT INTO lead_tally (list, status, attempts, place, consent_level, leads)
    VALUES (in_list, in_status, in_attempts, in_place, in_consent, change)
    ON CONFLICT (list, status, attempts, place, consent_level)
    DO UPDATE SET leads = lead_tally.leads + EXCLUDED.leads;
$$;

CREATE OR REPLACE FUNCTION leads_added() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lead_counts(list, status, attempts, place, consent_level, count(*))
    FROM after GROUP BY list, status, attempts, place, consent_level;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION leads_gone() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lead_counts(list, status, attempts, place, consent_level, -count(*))
    FROM before GROUP BY list, status, attempts, place, consent_level;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION leads_moved() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lead_counts(list, status, attempts, place, consent_level, sum(change)::BIGINT)
    FROM (
        SELECT list, status, attempts, place, consent_level, 1 AS change FROM after
        UNION ALL SELECT list, status, attempts, place, consent_level, -1 FROM before
    ) AS moves
    GROUP BY list, status, attempts, place, consent_level HAVING sum(change) <> 0;
    RETURN NULL;
END $$;

CREATE TRIGGER lead_added AFTER INSERT ON lead
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION leads_added();
CREATE TRIGGER lead_moved AFTER UPDATE ON lead
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION leads_moved();
CREATE TRIGGER lead_gone AFTER DELETE ON lead
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION leads_gone();
