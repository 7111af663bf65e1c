-- Promises to call somebody back, folded from the journal; `callback` is the document.
CREATE TABLE callback (
    id          BLOB   NOT NULL PRIMARY KEY,
    lead        BLOB   NOT NULL,
    campaign    BLOB   NOT NULL,
    number      TEXT   NOT NULL,
    owner       BLOB,
    due_at      BIGINT NOT NULL,
    callback    TEXT   NOT NULL,
    promised_at BIGINT NOT NULL,
    promised_by BLOB,
    closed_at   BIGINT,
    closing     TEXT
);
CREATE INDEX callback_due ON callback (due_at, id);
CREATE INDEX callback_owner ON callback (owner, due_at) WHERE owner IS NOT NULL;
CREATE INDEX callback_open ON callback (due_at) WHERE closed_at IS NULL;
CREATE INDEX callback_lead ON callback (lead);

-- Calls that nobody answered, looked up by whoever called: customers who called back.
CREATE INDEX call_unanswered ON call (started_at, id)
    WHERE direction = 'inbound' AND connected_at IS NULL;
