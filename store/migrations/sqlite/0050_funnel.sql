-- Where a lead may be: the zones and regions that its number and its address show, as one text.
-- There are some hundreds of different ones for a million leads.
CREATE TABLE place (
    id  INTEGER PRIMARY KEY,
    key TEXT    NOT NULL UNIQUE
);
-- 0 is a place that nobody has looked up: leads from before this column.
ALTER TABLE lead ADD COLUMN place BIGINT NOT NULL DEFAULT 0;

-- All that the funnel counts stands in this index.
DROP INDEX lead_funnel;
CREATE INDEX lead_funnel ON lead (list, status, attempts, place, next_due_at);

-- How many leads of a list stand where: kept by the database itself, so that no write can forget
-- it, and read instead of a million leads.
CREATE TABLE lead_tally (
    list     BLOB   NOT NULL,
    status   TEXT   NOT NULL,
    attempts BIGINT NOT NULL,
    place    BIGINT NOT NULL,
    leads    BIGINT NOT NULL,
    PRIMARY KEY (list, status, attempts, place)
) WITHOUT ROWID;

INSERT INTO lead_tally (list, status, attempts, place, leads)
SELECT list, status, attempts, place, count(*) FROM lead GROUP BY list, status, attempts, place;

CREATE TRIGGER lead_added AFTER INSERT ON lead BEGIN
    INSERT INTO lead_tally (list, status, attempts, place, leads)
    VALUES (NEW.list, NEW.status, NEW.attempts, NEW.place, 1)
    ON CONFLICT (list, status, attempts, place) DO UPDATE SET leads = leads + 1;
END;

CREATE TRIGGER lead_moved AFTER UPDATE OF status, attempts, place ON lead
WHEN OLD.status <> NEW.status OR OLD.attempts <> NEW.attempts OR OLD.place <> NEW.place
BEGIN
    UPDATE lead_tally SET leads = leads - 1
    WHERE list = OLD.list AND status = OLD.status AND attempts = OLD.attempts
    AND place = OLD.place;
    INSERT INTO lead_tally (list, status, attempts, place, leads)
    VALUES (NEW.list, NEW.status, NEW.attempts, NEW.place, 1)
    ON CONFLICT (list, status, attempts, place) DO UPDATE SET leads = leads + 1;
END;

CREATE TRIGGER lead_gone AFTER DELETE ON lead BEGIN
    UPDATE lead_tally SET leads = leads - 1
    WHERE list = OLD.list AND status = OLD.status AND attempts = OLD.attempts
    AND place = OLD.place;
END;

-- A list is read whole, in the order of its import.
CREATE INDEX lead_of_list ON lead (list, id);
