-- A lead's further numbers, one row each, kept by the database itself from `other_numbers`: who asked
-- not to be called at any of them is found by the number, and no JSON is read for it.
CREATE TABLE further_number (
    lead    UUID   NOT NULL REFERENCES lead (id) ON DELETE CASCADE,
    number  TEXT   NOT NULL,
    -- 0 where it is passed over.
    in_turn BIGINT NOT NULL,
    PRIMARY KEY (lead, number)
);
CREATE INDEX further_number_number ON further_number (number, in_turn, lead);

-- When a machine was last heard at the lead's number, and when anybody was last abandoned at any
-- number of theirs; 0 is never. Kept from `attempt`, whichever list and campaign dialled.
ALTER TABLE lead ADD COLUMN machine_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lead ADD COLUMN abandoned_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX attempt_rested ON attempt (number, outcome, ended_at)
    WHERE outcome IN ('abandoned', 'machine');
DROP INDEX attempt_abandoned;
DROP INDEX attempt_machine;

INSERT INTO further_number (lead, number, in_turn)
    SELECT lead.id, one.value ->> 'number',
        CASE WHEN (one.value ->> 'passed_over')::BOOLEAN THEN 0 ELSE 1 END
    FROM lead, json_array_elements(lead.other_numbers::JSON) AS one WHERE lead.other_numbers <> '[]'
ON CONFLICT DO NOTHING;
UPDATE lead SET
    machine_at = coalesce((SELECT max(ended_at) FROM attempt
        WHERE outcome IN ('abandoned', 'machine') AND attempt.number = lead.number
        AND outcome = 'machine'), 0),
    abandoned_at = coalesce((SELECT max(ended_at) FROM attempt
        WHERE outcome IN ('abandoned', 'machine') AND outcome = 'abandoned'
        AND attempt.number IN (SELECT lead.number
            UNION ALL SELECT number FROM further_number WHERE further_number.lead = lead.id)), 0)
WHERE number IN (SELECT number FROM attempt WHERE outcome IN ('abandoned', 'machine'))
    OR id IN (SELECT lead FROM further_number WHERE number IN
        (SELECT number FROM attempt WHERE outcome IN ('abandoned', 'machine')));

-- Those that rest, by the groups that the funnel counts.
CREATE INDEX lead_machine ON lead (list, status, attempts, place, consent_level, machine_at,
    abandoned_at, consent_until, consent_from, next_due_at) WHERE machine_at > 0;
CREATE INDEX lead_abandoned ON lead (list, status, attempts, place, consent_level, abandoned_at,
    machine_at, consent_until, consent_from, next_due_at) WHERE abandoned_at > 0;

CREATE FUNCTION lead_numbers() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM further_number WHERE lead = NEW.id;
    END IF;
    INSERT INTO further_number (lead, number, in_turn)
    SELECT NEW.id, one.value ->> 'number',
        CASE WHEN (one.value ->> 'passed_over')::BOOLEAN THEN 0 ELSE 1 END
    FROM json_array_elements(NEW.other_numbers::JSON) AS one
    ON CONFLICT DO NOTHING;
    UPDATE lead SET
    machine_at = coalesce((SELECT max(ended_at) FROM attempt
        WHERE outcome IN ('abandoned', 'machine') AND attempt.number = lead.number
        AND outcome = 'machine'), 0),
    abandoned_at = coalesce((SELECT max(ended_at) FROM attempt
        WHERE outcome IN ('abandoned', 'machine') AND outcome = 'abandoned'
        AND attempt.number IN (SELECT lead.number
            UNION ALL SELECT number FROM further_number WHERE further_number.lead = lead.id)), 0)
    WHERE id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER lead_numbers_added AFTER INSERT ON lead FOR EACH ROW
    WHEN (NEW.other_numbers <> '[]') EXECUTE FUNCTION lead_numbers();
CREATE TRIGGER lead_numbers_changed AFTER UPDATE ON lead FOR EACH ROW
    WHEN (NEW.number <> OLD.number OR NEW.other_numbers <> OLD.other_numbers)
    EXECUTE FUNCTION lead_numbers();

-- Of a whole batch at once: nearly none of them was ever dialled.
CREATE FUNCTION leads_rest() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lead SET
    machine_at = coalesce((SELECT max(ended_at) FROM attempt
        WHERE outcome IN ('abandoned', 'machine') AND attempt.number = lead.number
        AND outcome = 'machine'), 0),
    abandoned_at = coalesce((SELECT max(ended_at) FROM attempt
        WHERE outcome IN ('abandoned', 'machine') AND outcome = 'abandoned'
        AND attempt.number IN (SELECT lead.number
            UNION ALL SELECT number FROM further_number WHERE further_number.lead = lead.id)), 0)
    WHERE id IN (SELECT after.id FROM after JOIN attempt ON attempt.number = after.number
        WHERE attempt.outcome IN ('abandoned', 'machine'));
    RETURN NULL;
END $$;
CREATE TRIGGER lead_rests_added AFTER INSERT ON lead
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION leads_rest();

CREATE FUNCTION attempt_rests() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lead SET machine_at = NEW.ended_at
    WHERE NEW.outcome = 'machine' AND number = NEW.number AND machine_at < NEW.ended_at;
    UPDATE lead SET abandoned_at = NEW.ended_at
    WHERE NEW.outcome = 'abandoned' AND abandoned_at < NEW.ended_at AND id IN (
        SELECT id FROM lead WHERE number = NEW.number
        UNION ALL SELECT lead FROM further_number WHERE number = NEW.number);
    RETURN NULL;
END $$;
CREATE TRIGGER attempt_ended_at_once AFTER INSERT ON attempt FOR EACH ROW
    WHEN (NEW.outcome IN ('abandoned', 'machine') AND NEW.ended_at IS NOT NULL)
    EXECUTE FUNCTION attempt_rests();
CREATE TRIGGER attempt_rests AFTER UPDATE ON attempt FOR EACH ROW
    WHEN (NEW.outcome IN ('abandoned', 'machine') AND NEW.ended_at IS NOT NULL)
    EXECUTE FUNCTION attempt_rests();
