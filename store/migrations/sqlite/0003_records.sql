-- Records: what happened, folded from the journal. Nothing here refers to a setting by a foreign
-- key: a record outlives what it is about, and the fold must never fail on a setting that has gone.

-- The last journal entry that the tables below contain; written in the transaction that folds it.
CREATE TABLE fold_position (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    seq BIGINT  NOT NULL
);
INSERT INTO fold_position (id, seq) VALUES (1, 0);

-- The evidence of every permit as it was hashed, in the order of the chain.
CREATE TABLE permit (
    place    BIGINT NOT NULL PRIMARY KEY,
    seq      BIGINT NOT NULL,
    attempt  BLOB   NOT NULL UNIQUE,
    previous BLOB   NOT NULL,
    hash     BLOB   NOT NULL,
    evidence TEXT   NOT NULL
);

CREATE TABLE attempt (
    id           BLOB   NOT NULL PRIMARY KEY,
    call         BLOB   NOT NULL,
    lead         BLOB   NOT NULL,
    campaign     BLOB   NOT NULL,
    list         BLOB   NOT NULL,
    number       TEXT   NOT NULL,
    cli          TEXT   NOT NULL,
    trunk        BLOB   NOT NULL,
    permitted_at BIGINT NOT NULL,
    ended_at     BIGINT,
    outcome      TEXT,
    counted      BIGINT,
    sip          BIGINT,
    q850         BIGINT
);
-- FAULTS F18: the claims. At most one live attempt for a lead, and for a number.
CREATE UNIQUE INDEX attempt_live_lead ON attempt (lead) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX attempt_live_number ON attempt (number) WHERE ended_at IS NULL;
CREATE INDEX attempt_number ON attempt (number, permitted_at);
CREATE INDEX attempt_lead ON attempt (lead, permitted_at);
CREATE INDEX attempt_list ON attempt (list);
CREATE INDEX attempt_campaign ON attempt (campaign, permitted_at);
CREATE INDEX attempt_time ON attempt (permitted_at, id);

CREATE TABLE call (
    id                 BLOB   NOT NULL PRIMARY KEY,
    direction          TEXT   NOT NULL,
    calling            TEXT   NOT NULL,
    called             TEXT   NOT NULL,
    campaign           BLOB,
    queue              BLOB,
    did                BLOB,
    trunk              BLOB,
    attempt            BLOB,
    agent              BLOB,
    started_at         BIGINT NOT NULL,
    answered_at        BIGINT,
    queued_at          BIGINT,
    connected_at       BIGINT,
    ended_at           BIGINT,
    ended_by           TEXT,
    sip                BIGINT,
    q850               BIGINT,
    ring_ms            BIGINT,
    wait_ms            BIGINT,
    talk_ms            BIGINT,
    hold_ms            BIGINT,
    answer_to_agent_us BIGINT,
    abandoned          BIGINT NOT NULL DEFAULT 0,
    noticed            BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX call_time ON call (started_at, id);
CREATE INDEX call_campaign ON call (campaign, started_at) WHERE campaign IS NOT NULL;
CREATE INDEX call_queue ON call (queue, started_at) WHERE queue IS NOT NULL;
CREATE INDEX call_agent ON call (agent, started_at) WHERE agent IS NOT NULL;
CREATE INDEX call_live ON call (started_at) WHERE ended_at IS NULL;

-- What happened in a call, step by step.
CREATE TABLE call_step (
    seq   BIGINT NOT NULL PRIMARY KEY,
    call  BLOB   NOT NULL,
    at    BIGINT NOT NULL,
    step  TEXT   NOT NULL,
    agent BLOB
);
CREATE INDEX call_step_call ON call_step (call, seq);

-- `seq` is the journal entry that tells of it: the natural key of what has no id of its own.
CREATE TABLE agent_interval (
    seq      BIGINT NOT NULL PRIMARY KEY,
    agent    BLOB   NOT NULL,
    state    TEXT   NOT NULL,
    counts   TEXT   NOT NULL,
    class    TEXT,
    reason   TEXT,
    from_at  BIGINT NOT NULL,
    to_at    BIGINT NOT NULL,
    call     BLOB,
    campaign BLOB
);
CREATE INDEX agent_interval_agent ON agent_interval (agent, from_at);
CREATE INDEX agent_interval_time ON agent_interval (from_at);

CREATE TABLE agent_clock (
    seq        BIGINT NOT NULL PRIMARY KEY,
    agent      BLOB   NOT NULL,
    at         BIGINT NOT NULL,
    clocked_in BIGINT NOT NULL,
    reason     TEXT
);
CREATE INDEX agent_clock_agent ON agent_clock (agent, at);

CREATE TABLE disposition (
    seq         BIGINT NOT NULL PRIMARY KEY,
    call        BLOB   NOT NULL,
    agent       BLOB   NOT NULL,
    campaign    BLOB,
    lead        BLOB,
    code        TEXT   NOT NULL,
    notes       TEXT   NOT NULL,
    callback_at BIGINT,
    dnc         BIGINT NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX disposition_call ON disposition (call);
CREATE INDEX disposition_campaign ON disposition (campaign, at) WHERE campaign IS NOT NULL;
CREATE INDEX disposition_lead ON disposition (lead) WHERE lead IS NOT NULL;
