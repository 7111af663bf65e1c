-- A lead that the gate of one campaign would not let pass yet is read for that campaign again from
-- `until_at` on; of others' reasons it says nothing. `level` is the lead's priority, or 65,536
-- where a call is promised. A row goes with the first change of its lead.
CREATE TABLE lead_put_off (
    lead     BLOB   NOT NULL REFERENCES lead (id) ON DELETE CASCADE,
    campaign BLOB   NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
    list     BLOB   NOT NULL,
    level    BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (lead, campaign)
) WITHOUT ROWID;
CREATE INDEX lead_put_off_due ON lead_put_off (campaign, list, level, until_at, lead);

-- Which campaigns put a lead off: the ids of all, in order. A refill reads the leads of every set
-- that its campaign is not in from the front of an index each; the sets of a list stand beside it.
ALTER TABLE lead ADD COLUMN put_off_by TEXT NOT NULL DEFAULT '';
CREATE TABLE put_off_set (
    list    BLOB NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    members TEXT NOT NULL,
    PRIMARY KEY (list, members)
) WITHOUT ROWID;

DROP INDEX lead_open;
CREATE INDEX lead_open ON lead (list, priority, put_off_by, next_due_at, id)
    WHERE status IN ('new', 'due');
DROP INDEX lead_callback;
CREATE INDEX lead_callback ON lead (list, put_off_by, next_due_at, id) WHERE status = 'callback';

CREATE TRIGGER lead_changed AFTER UPDATE OF version ON lead
WHEN OLD.put_off_by <> '' AND NEW.version <> OLD.version
BEGIN
    DELETE FROM lead_put_off WHERE lead = OLD.id;
    UPDATE lead SET put_off_by = '' WHERE id = OLD.id;
END;
