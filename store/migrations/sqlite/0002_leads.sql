-- Leads. Their settings are columns, not a document: a million of them are searched and counted.
CREATE TABLE lead (
    id               BLOB   NOT NULL PRIMARY KEY,
    list             BLOB   NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    number           TEXT   NOT NULL,
    other_numbers    TEXT   NOT NULL,
    external_id      TEXT,
    first_name       TEXT   NOT NULL,
    last_name        TEXT   NOT NULL,
    zone             TEXT,
    fields           TEXT   NOT NULL,
    priority         BIGINT NOT NULL,
    status           TEXT   NOT NULL,
    attempts         BIGINT NOT NULL,
    carrier_failures BIGINT NOT NULL,
    last_attempt_at  BIGINT,
    -- 0 where the lead is due at once: a NULL would not stand in the order of an index.
    next_due_at      BIGINT NOT NULL,
    last_outcome     TEXT,
    version          BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);
CREATE UNIQUE INDEX lead_number ON lead (list, number);
CREATE UNIQUE INDEX lead_external ON lead (list, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX lead_of_number ON lead (number);
-- All that the funnel counts stands in this index.
CREATE INDEX lead_funnel ON lead (list, status, attempts, next_due_at);

-- The dialable set (DESIGN §5: there is no hopper). Each of the two is read from its front.
CREATE INDEX lead_open ON lead (list, priority, next_due_at, id) WHERE status IN ('new', 'due');
CREATE INDEX lead_callback ON lead (list, next_due_at, id) WHERE status = 'callback';
