-- What of a lead's consent the funnel is counted by: its level (0 none, 1 express, 2 written), and
-- the microseconds from which and until which it holds.
ALTER TABLE lead ADD COLUMN consent_level BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lead ADD COLUMN consent_from BIGINT;
ALTER TABLE lead ADD COLUMN consent_until BIGINT;

DROP TRIGGER lead_added;
DROP TRIGGER lead_moved;
DROP TRIGGER lead_gone;
DROP TABLE lead_tally;

UPDATE lead SET
    consent_level = CASE consent_kind WHEN 'written' THEN 2 ELSE 1 END,
    consent_from = CAST(strftime('%s', json_extract(consent, '$.given_at')) AS INTEGER) * 1000000,
    consent_until = CAST(strftime('%s', json_extract(consent, '$.until')) AS INTEGER) * 1000000
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

CREATE TABLE lead_tally (
    list          BLOB   NOT NULL,
    status        TEXT   NOT NULL,
    attempts      BIGINT NOT NULL,
    place         BIGINT NOT NULL,
    consent_level BIGINT NOT NULL,
    leads         BIGINT NOT NULL,
    PRIMARY KEY (list, status, attempts, place, consent_level)
) WITHOUT ROWID;

INSERT INTO lead_tally (list, status, attempts, place, consent_level, leads)
SELECT list, status, attempts, place, consent_level, count(*) FROM lead
GROUP BY list, status, attempts, place, consent_level;

CREATE TRIGGER lead_added AFTER INSERT ON lead BEGIN
    INSERT INTO lead_tally (list, status, attempts, place, consent_level, leads)
    VALUES (NEW.list, NEW.status, NEW.attempts, NEW.place, NEW.consent_level, 1)
    ON CONFLICT (list, status, attempts, place, consent_level) DO UPDATE SET leads = leads + 1;
END;

CREATE TRIGGER lead_moved AFTER UPDATE OF status, attempts, place, consent_level ON lead
WHEN OLD.status <> NEW.status OR OLD.attempts <> NEW.attempts OR OLD.place <> NEW.place
    OR OLD.consent_level <> NEW.consent_level
BEGIN
    UPDATE lead_tally SET leads = leads - 1
    WHERE list = OLD.list AND status = OLD.status AND attempts = OLD.attempts
    AND place = OLD.place AND consent_level = OLD.consent_level;
    INSERT INTO lead_tally (list, status, attempts, place, consent_level, leads)
    VALUES (NEW.list, NEW.status, NEW.attempts, NEW.place, NEW.consent_level, 1)
    ON CONFLICT (list, status, attempts, place, consent_level) DO UPDATE SET leads = leads + 1;
END;

CREATE TRIGGER lead_gone AFTER DELETE ON lead BEGIN
    UPDATE lead_tally SET leads = leads - 1
    WHERE list = OLD.list AND status = OLD.status AND attempts = OLD.attempts
    AND place = OLD.place AND consent_level = OLD.consent_level;
END;
