-- The consent that is wanted for the lead's number by the strictest register that it stands in:
-- 0 it stands in none, 1 express, 2 written, 3 none is enough. Kept by the database itself.
ALTER TABLE lead ADD COLUMN bound BIGINT NOT NULL DEFAULT 0;
UPDATE lead SET bound = coalesce((SELECT max(CASE lifted_by WHEN 'express' THEN 1 WHEN 'written' THEN 2 ELSE 3 END)
        FROM dnc_registered JOIN dnc_register
        ON dnc_register.id = dnc_registered.register
        WHERE dnc_registered.number = lead.number), 0)
WHERE EXISTS (SELECT 1 FROM dnc_registered WHERE dnc_registered.number = lead.number);
CREATE INDEX lead_bound ON lead (list, status, attempts, place, consent_level, bound,
    consent_until, consent_from, machine_at, abandoned_at, next_due_at) WHERE bound > 0;

CREATE FUNCTION registered() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lead SET bound = found.bound
    FROM (SELECT number, max(CASE lifted_by WHEN 'express' THEN 1 WHEN 'written' THEN 2 ELSE 3 END) AS bound
        FROM after JOIN dnc_register ON dnc_register.id = after.register GROUP BY number) AS found
    WHERE lead.number = found.number AND lead.bound < found.bound;
    RETURN NULL;
END $$;
CREATE TRIGGER registered AFTER INSERT ON dnc_registered
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION registered();

CREATE FUNCTION registered_no_more() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lead SET bound = coalesce((SELECT max(CASE lifted_by WHEN 'express' THEN 1 WHEN 'written' THEN 2 ELSE 3 END)
        FROM dnc_registered JOIN dnc_register
        ON dnc_register.id = dnc_registered.register
        WHERE dnc_registered.number = lead.number), 0)
    WHERE number IN (SELECT number FROM before);
    RETURN NULL;
END $$;
CREATE TRIGGER registered_no_more AFTER DELETE ON dnc_registered
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION registered_no_more();

CREATE FUNCTION register_lifted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lead SET bound = coalesce((SELECT max(CASE lifted_by WHEN 'express' THEN 1 WHEN 'written' THEN 2 ELSE 3 END)
        FROM dnc_registered JOIN dnc_register
        ON dnc_register.id = dnc_registered.register
        WHERE dnc_registered.number = lead.number), 0)
    WHERE number IN (SELECT number FROM dnc_registered WHERE register = NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER register_lifted AFTER UPDATE ON dnc_register FOR EACH ROW
    WHEN (NEW.lifted_by IS DISTINCT FROM OLD.lifted_by) EXECUTE FUNCTION register_lifted();

CREATE FUNCTION leads_bound() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lead SET bound = coalesce((SELECT max(CASE lifted_by WHEN 'express' THEN 1 WHEN 'written' THEN 2 ELSE 3 END)
        FROM dnc_registered JOIN dnc_register
        ON dnc_register.id = dnc_registered.register
        WHERE dnc_registered.number = lead.number), 0)
    WHERE id IN (SELECT after.id FROM after
        JOIN dnc_registered ON dnc_registered.number = after.number);
    RETURN NULL;
END $$;
CREATE TRIGGER lead_bound_added AFTER INSERT ON lead
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION leads_bound();

CREATE FUNCTION lead_bound() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lead SET bound = coalesce((SELECT max(CASE lifted_by WHEN 'express' THEN 1 WHEN 'written' THEN 2 ELSE 3 END)
        FROM dnc_registered JOIN dnc_register
        ON dnc_register.id = dnc_registered.register
        WHERE dnc_registered.number = lead.number), 0)
    WHERE id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER lead_bound_changed AFTER UPDATE ON lead FOR EACH ROW
    WHEN (NEW.number <> OLD.number) EXECUTE FUNCTION lead_bound();
