-- The consent that is wanted for the lead's number by the strictest register that it stands in:
-- 0 it stands in none, 1 express, 2 written, 3 none is enough. Kept by the database itself.
ALTER TABLE lead ADD COLUMN bound BIGINT NOT NULL DEFAULT 0;
UPDATE lead SET bound = coalesce((SELECT max(CASE lifted_by WHEN 'express' THEN 1 WHEN 'written' THEN 2 ELSE 3 END)
        FROM dnc_registered CROSS JOIN dnc_register
        WHERE dnc_registered.number = lead.number
        AND dnc_register.id = dnc_registered.register), 0)
WHERE EXISTS (SELECT 1 FROM dnc_registered WHERE dnc_registered.number = lead.number);
CREATE INDEX lead_bound ON lead (list, status, attempts, place, consent_level, bound,
    consent_until, consent_from, machine_at, abandoned_at, next_due_at) WHERE bound > 0;

CREATE TRIGGER registered AFTER INSERT ON dnc_registered BEGIN
    UPDATE lead SET bound = max(bound,
        (SELECT CASE lifted_by WHEN 'express' THEN 1 WHEN 'written' THEN 2 ELSE 3 END
        FROM dnc_register WHERE id = NEW.register))
    WHERE number = NEW.number;
END;

CREATE TRIGGER registered_no_more AFTER DELETE ON dnc_registered BEGIN
    UPDATE lead SET bound = coalesce((SELECT max(CASE lifted_by WHEN 'express' THEN 1 WHEN 'written' THEN 2 ELSE 3 END)
        FROM dnc_registered CROSS JOIN dnc_register
        WHERE dnc_registered.number = lead.number
        AND dnc_register.id = dnc_registered.register), 0)
    WHERE number = OLD.number;
END;

CREATE TRIGGER register_lifted AFTER UPDATE OF lifted_by ON dnc_register
WHEN NEW.lifted_by IS NOT OLD.lifted_by
BEGIN
    UPDATE lead SET bound = coalesce((SELECT max(CASE lifted_by WHEN 'express' THEN 1 WHEN 'written' THEN 2 ELSE 3 END)
        FROM dnc_registered CROSS JOIN dnc_register
        WHERE dnc_registered.number = lead.number
        AND dnc_register.id = dnc_registered.register), 0)
    WHERE number IN (SELECT number FROM dnc_registered WHERE register = NEW.id);
END;

CREATE TRIGGER lead_bound_added AFTER INSERT ON lead
WHEN EXISTS (SELECT 1 FROM dnc_registered WHERE dnc_registered.number = NEW.number)
BEGIN
    UPDATE lead SET bound = coalesce((SELECT max(CASE lifted_by WHEN 'express' THEN 1 WHEN 'written' THEN 2 ELSE 3 END)
        FROM dnc_registered CROSS JOIN dnc_register
        WHERE dnc_registered.number = lead.number
        AND dnc_register.id = dnc_registered.register), 0)
    WHERE id = NEW.id;
END;

CREATE TRIGGER lead_bound_changed AFTER UPDATE OF number ON lead
WHEN NEW.number <> OLD.number
BEGIN
    UPDATE lead SET bound = coalesce((SELECT max(CASE lifted_by WHEN 'express' THEN 1 WHEN 'written' THEN 2 ELSE 3 END)
        FROM dnc_registered CROSS JOIN dnc_register
        WHERE dnc_registered.number = lead.number
        AND dnc_register.id = dnc_registered.register), 0)
    WHERE id = NEW.id;
END;
