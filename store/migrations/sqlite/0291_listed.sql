-- Our own do-not-call lists stand in the leads too, so that refills pass over nobody and the funnel
-- reads no entry: `bound` is 4 where the person is on the organisation's list with any number that
-- is in turn, which no consent lifts; and `put_off_by` begins with one `!campaign` for each campaign
-- on whose own list they are, where `listed` is 1. The database itself keeps them.
ALTER TABLE lead ADD COLUMN listed BIGINT NOT NULL DEFAULT 0;
CREATE VIEW lead_listing AS
SELECT lead.id AS lead,
    CASE
    WHEN EXISTS (SELECT 1 FROM dnc WHERE dnc.campaign IS NULL AND dnc.number = lead.number)
        OR EXISTS (SELECT 1 FROM further_number CROSS JOIN dnc WHERE further_number.lead = lead.id
            AND further_number.in_turn = 1 AND dnc.campaign IS NULL
            AND dnc.number = further_number.number)
    THEN 4
    ELSE coalesce((SELECT max(CASE lifted_by WHEN 'express' THEN 1 WHEN 'written' THEN 2 ELSE 3 END)
        FROM dnc_registered CROSS JOIN dnc_register
        WHERE dnc_registered.number = lead.number
        AND dnc_register.id = dnc_registered.register), 0)
    END AS bound,
    coalesce((SELECT group_concat('!' || lower(hex(campaign)), ' ') FROM (
        SELECT campaign FROM dnc WHERE campaign IS NOT NULL AND number = lead.number
        UNION SELECT campaign FROM further_number CROSS JOIN dnc WHERE further_number.lead = lead.id
            AND further_number.in_turn = 1 AND campaign IS NOT NULL
            AND dnc.number = further_number.number
        ORDER BY campaign)), '') AS listed_by
FROM lead;

-- Whatever is inserted here is looked up anew, and what campaigns put off of it is forgotten.
CREATE VIEW relisted AS SELECT id AS lead FROM lead;
CREATE TRIGGER relist INSTEAD OF INSERT ON relisted BEGIN
    DELETE FROM lead_put_off WHERE lead = NEW.lead;
    UPDATE lead SET (bound, put_off_by, listed) =
        (SELECT bound, listed_by, length(listed_by) > 0 FROM lead_listing
        WHERE lead_listing.lead = NEW.lead)
    WHERE id = NEW.lead;
    INSERT OR IGNORE INTO put_off_set (list, members)
    SELECT list, put_off_by FROM lead WHERE id = NEW.lead AND put_off_by <> '';
END;

INSERT INTO relisted SELECT id FROM lead WHERE number IN (SELECT number FROM dnc)
    UNION SELECT lead FROM further_number WHERE number IN (SELECT number FROM dnc);

DROP TRIGGER registered_no_more;
DROP TRIGGER register_lifted;
DROP TRIGGER lead_bound_added;
DROP TRIGGER lead_bound_changed;
DROP TRIGGER lead_changed;

CREATE TRIGGER registered_no_more AFTER DELETE ON dnc_registered BEGIN
    UPDATE lead SET bound = (SELECT bound FROM lead_listing WHERE lead_listing.lead = lead.id)
    WHERE number = OLD.number;
END;

CREATE TRIGGER register_lifted AFTER UPDATE OF lifted_by ON dnc_register
WHEN NEW.lifted_by IS NOT OLD.lifted_by
BEGIN
    UPDATE lead SET bound = (SELECT bound FROM lead_listing WHERE lead_listing.lead = lead.id)
    WHERE number IN (SELECT number FROM dnc_registered WHERE register = NEW.id);
END;

CREATE TRIGGER lead_listed_added AFTER INSERT ON lead
WHEN EXISTS (SELECT 1 FROM dnc_registered WHERE dnc_registered.number = NEW.number)
    OR EXISTS (SELECT 1 FROM dnc WHERE dnc.number = NEW.number)
BEGIN
    INSERT INTO relisted VALUES (NEW.id);
END;

CREATE TRIGGER lead_listed_changed AFTER UPDATE OF number ON lead
WHEN NEW.number <> OLD.number
BEGIN
    INSERT INTO relisted VALUES (NEW.id);
END;

CREATE TRIGGER lead_changed AFTER UPDATE OF version ON lead
WHEN OLD.put_off_by <> '' AND NEW.version <> OLD.version
BEGIN
    INSERT INTO relisted VALUES (NEW.id);
END;

CREATE TRIGGER further_number_listed AFTER INSERT ON further_number
WHEN NEW.in_turn = 1 AND EXISTS (SELECT 1 FROM dnc WHERE dnc.number = NEW.number)
BEGIN
    INSERT INTO relisted VALUES (NEW.lead);
END;

CREATE TRIGGER further_number_gone AFTER DELETE ON further_number
WHEN OLD.in_turn = 1 AND EXISTS (SELECT 1 FROM dnc WHERE dnc.number = OLD.number)
BEGIN
    INSERT INTO relisted VALUES (OLD.lead);
END;

CREATE TRIGGER listed AFTER INSERT ON dnc BEGIN
    INSERT INTO relisted SELECT id FROM lead WHERE number = NEW.number
    UNION SELECT lead FROM further_number WHERE number = NEW.number AND in_turn = 1;
END;

CREATE TRIGGER listed_no_more AFTER DELETE ON dnc BEGIN
    INSERT INTO relisted SELECT id FROM lead WHERE number = OLD.number
    UNION SELECT lead FROM further_number WHERE number = OLD.number AND in_turn = 1;
END;

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
