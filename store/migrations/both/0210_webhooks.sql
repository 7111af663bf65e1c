-- Where events are told, what proves that they are ours, and what is still to be told there.
CREATE TABLE webhook (
    id         UUID   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    enabled    BIGINT NOT NULL,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- `former` signs beside `secret` until `former_until`.
CREATE TABLE webhook_state (
    webhook       UUID   NOT NULL PRIMARY KEY REFERENCES webhook (id) ON DELETE CASCADE,
    secret        TEXT   NOT NULL,
    former        TEXT,
    former_until  BIGINT,
    failing_since BIGINT,
    paused_at     BIGINT,
    lost          BIGINT NOT NULL DEFAULT 0
);

-- The outbox. `seq` is the journal entry that it tells, 0 of a test; of one subject, such as a
-- call, the lowest that waits goes first.
CREATE TABLE webhook_delivery (
    id       UUID   NOT NULL PRIMARY KEY,
    webhook  UUID   NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    seq      BIGINT NOT NULL,
    event    TEXT   NOT NULL,
    subject  UUID   NOT NULL,
    call     UUID,
    lead     UUID,
    at       BIGINT NOT NULL,
    body     TEXT   NOT NULL,
    state    TEXT   NOT NULL,
    tries    BIGINT NOT NULL,
    due_at   BIGINT NOT NULL,
    tried_at BIGINT,
    status   BIGINT,
    answer   TEXT
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook, due_at, seq)
    WHERE state = 'waiting';
CREATE INDEX webhook_delivery_order ON webhook_delivery (webhook, subject, seq)
    WHERE state = 'waiting';
CREATE INDEX webhook_delivery_test ON webhook_delivery (webhook, due_at)
    WHERE state = 'waiting' AND seq = 0;
CREATE INDEX webhook_delivery_dead ON webhook_delivery (webhook) WHERE state = 'dead';
CREATE INDEX webhook_delivery_told ON webhook_delivery (webhook, at, id);
CREATE INDEX webhook_delivery_call ON webhook_delivery (call);
CREATE INDEX webhook_delivery_lead ON webhook_delivery (lead);
