-- A lead's further numbers, one row each, kept by the database itself from `other_numbers`: who asked
-- not to be called at any of them is found by the number, and no JSON is read for it.
CREATE TABLE further_number (
    lead    BLOB   NOT NULL REFERENCES lead (id) ON DELETE CASCADE,
    number  TEXT   NOT NULL,
    -- 0 where it is passed over.
    in_turn BIGINT NOT NULL,
    PRIMARY KEY (lead, number)
) WITHOUT ROWID;
CREATE INDEX further_number_number ON further_number (number, in_turn, lead);

-- When a machine was last heard at the lead's number, and when anybody was last abandoned at any
-- number of theirs; 0 is never. Kept from `attempt`, whichever list and campaign dialled.
ALTER TABLE lead ADD COLUMN machine_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lead ADD COLUMN abandoned_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX attempt_rested ON attempt (number, outcome, ended_at)
    WHERE outcome IN ('abandoned', 'machine');
DROP INDEX attempt_abandoned;
DROP INDEX attempt_machine;

INSERT OR IGNORE INTO further_number (lead, number, in_turn)
    SELECT lead.id, json_extract(one.value, '$.number'),
        CASE WHEN json_extract(one.value, '$.passed_over') THEN 0 ELSE 1 END
    FROM lead, json_each(lead.other_numbers) AS one WHERE lead.other_numbers <> '[]';
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

CREATE TRIGGER lead_numbers_added AFTER INSERT ON lead
WHEN NEW.other_numbers <> '[]' OR EXISTS (SELECT 1 FROM attempt
    WHERE attempt.number = NEW.number AND outcome IN ('abandoned', 'machine'))
BEGIN
    INSERT OR IGNORE INTO further_number (lead, number, in_turn)
    SELECT NEW.id, json_extract(one.value, '$.number'),
        CASE WHEN json_extract(one.value, '$.passed_over') THEN 0 ELSE 1 END
    FROM json_each(NEW.other_numbers) AS one;
    UPDATE lead SET
    machine_at = coalesce((SELECT max(ended_at) FROM attempt
        WHERE outcome IN ('abandoned', 'machine') AND attempt.number = lead.number
        AND outcome = 'machine'), 0),
    abandoned_at = coalesce((SELECT max(ended_at) FROM attempt
        WHERE outcome IN ('abandoned', 'machine') AND outcome = 'abandoned'
        AND attempt.number IN (SELECT lead.number
            UNION ALL SELECT number FROM further_number WHERE further_number.lead = lead.id)), 0)
    WHERE id = NEW.id;
END;

CREATE TRIGGER lead_numbers_changed AFTER UPDATE OF number, other_numbers ON lead
WHEN NEW.number <> OLD.number OR NEW.other_numbers <> OLD.other_numbers
BEGIN
    DELETE FROM further_number WHERE lead = NEW.id;
    INSERT OR IGNORE INTO further_number (lead, number, in_turn)
    SELECT NEW.id, json_extract(one.value, '$.number'),
        CASE WHEN json_extract(one.value, '$.passed_over') THEN 0 ELSE 1 END
    FROM json_each(NEW.other_numbers) AS one;
    UPDATE lead SET
    machine_at = coalesce((SELECT max(ended_at) FROM attempt
        WHERE outcome IN ('abandoned', 'machine') AND attempt.number = lead.number
        AND outcome = 'machine'), 0),
    abandoned_at = coalesce((SELECT max(ended_at) FROM attempt
        WHERE outcome IN ('abandoned', 'machine') AND outcome = 'abandoned'
        AND attempt.number IN (SELECT lead.number
            UNION ALL SELECT number FROM further_number WHERE further_number.lead = lead.id)), 0)
    WHERE id = NEW.id;
END;

CREATE TRIGGER attempt_ended_at_once AFTER INSERT ON attempt
WHEN NEW.outcome IN ('abandoned', 'machine') AND NEW.ended_at IS NOT NULL
BEGIN
    UPDATE lead SET machine_at = NEW.ended_at
    WHERE NEW.outcome = 'machine' AND number = NEW.number AND machine_at < NEW.ended_at;
    UPDATE lead SET abandoned_at = NEW.ended_at
    WHERE NEW.outcome = 'abandoned' AND abandoned_at < NEW.ended_at AND id IN (
        SELECT id FROM lead WHERE number = NEW.number
        UNION ALL SELECT lead FROM further_number WHERE number = NEW.number);
END;

CREATE TRIGGER attempt_rests AFTER UPDATE OF outcome, ended_at ON attempt
WHEN NEW.outcome IN ('abandoned', 'machine') AND NEW.ended_at IS NOT NULL
BEGIN
    UPDATE lead SET machine_at = NEW.ended_at
    WHERE NEW.outcome = 'machine' AND number = NEW.number AND machine_at < NEW.ended_at;
    UPDATE lead SET abandoned_at = NEW.ended_at
    WHERE NEW.outcome = 'abandoned' AND abandoned_at < NEW.ended_at AND id IN (
        SELECT id FROM lead WHERE number = NEW.number
        UNION ALL SELECT lead FROM further_number WHERE number = NEW.number);
END;
