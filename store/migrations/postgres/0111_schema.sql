-- The schema of PostgreSQL up to migration 111 of SQLite, whose files say what each table and
-- column is for. What came later is in `both`: one file, with PostgreSQL's types, for either.

CREATE TABLE organisation (
    id         BIGINT PRIMARY KEY CHECK (id = 1),
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE agent (
    id         UUID   NOT NULL PRIMARY KEY,
    number     BIGINT NOT NULL UNIQUE,
    code       TEXT   NOT NULL UNIQUE,
    username   TEXT   UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE queue (
    id         UUID   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE trunk (
    id         UUID   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE cli (
    id         UUID   NOT NULL PRIMARY KEY,
    number     TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE did (
    id         UUID   NOT NULL PRIMARY KEY,
    number     TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE campaign (
    id         UUID   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE list (
    id         UUID   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE pause_reason (
    id         UUID   NOT NULL PRIMARY KEY,
    text       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE sip_secret (
    agent          UUID   NOT NULL PRIMARY KEY REFERENCES agent (id) ON DELETE CASCADE,
    username       TEXT   NOT NULL UNIQUE,
    realm          TEXT   NOT NULL,
    ha1_md5        BYTEA  NOT NULL,
    ha1_sha256     BYTEA  NOT NULL,
    issued_at      BIGINT NOT NULL,
    ha1_sha512_256 BYTEA
);

CREATE TABLE dnc (
    id         UUID   NOT NULL PRIMARY KEY,
    number     TEXT   NOT NULL,
    campaign   UUID   REFERENCES campaign (id),
    reason     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX dnc_organisation ON dnc (number) WHERE campaign IS NULL;
CREATE UNIQUE INDEX dnc_campaign ON dnc (number, campaign) WHERE campaign IS NOT NULL;
CREATE INDEX dnc_of_campaign ON dnc (campaign) WHERE campaign IS NOT NULL;

CREATE TABLE dnc_version (
    id      BIGINT PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);

CREATE TABLE lead (
    id               UUID   NOT NULL PRIMARY KEY,
    list             UUID   NOT NULL REFERENCES list (id) ON DELETE CASCADE,
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
    next_due_at      BIGINT NOT NULL,
    last_outcome     TEXT,
    version          BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    region           TEXT,
    consent          TEXT,
    consent_kind     TEXT,
    place            BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX lead_number ON lead (list, number);
CREATE UNIQUE INDEX lead_external ON lead (list, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX lead_of_number ON lead (number);
CREATE INDEX lead_open ON lead (list, priority, next_due_at, id) WHERE status IN ('new', 'due');
CREATE INDEX lead_callback ON lead (list, next_due_at, id) WHERE status = 'callback';
CREATE INDEX lead_funnel ON lead (list, status, attempts, place, next_due_at);
CREATE INDEX lead_of_list ON lead (list, id);

CREATE TABLE fold_position (
    id  BIGINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL
);

CREATE TABLE permit (
    place    BIGINT NOT NULL PRIMARY KEY,
    seq      BIGINT NOT NULL,
    attempt  UUID   NOT NULL UNIQUE,
    previous BYTEA  NOT NULL,
    hash     BYTEA  NOT NULL,
    evidence TEXT   NOT NULL
);

CREATE TABLE attempt (
    id           UUID   NOT NULL PRIMARY KEY,
    call         UUID   NOT NULL,
    lead         UUID   NOT NULL,
    campaign     UUID   NOT NULL,
    list         UUID   NOT NULL,
    number       TEXT   NOT NULL,
    cli          TEXT   NOT NULL,
    trunk        UUID   NOT NULL,
    permitted_at BIGINT NOT NULL,
    ended_at     BIGINT,
    outcome      TEXT,
    counted      BIGINT,
    sip          BIGINT,
    q850         BIGINT,
    answerer     TEXT,
    answerer_why TEXT,
    judged_ms    BIGINT,
    audited      BIGINT NOT NULL DEFAULT 0,
    message_left BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX attempt_live_lead ON attempt (lead) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX attempt_live_number ON attempt (number) WHERE ended_at IS NULL;
CREATE INDEX attempt_number ON attempt (number, permitted_at);
CREATE INDEX attempt_lead ON attempt (lead, permitted_at);
CREATE INDEX attempt_list ON attempt (list);
CREATE INDEX attempt_campaign ON attempt (campaign, permitted_at);
CREATE INDEX attempt_time ON attempt (permitted_at, id);

CREATE TABLE call (
    id                 UUID   NOT NULL PRIMARY KEY,
    direction          TEXT   NOT NULL,
    calling            TEXT   NOT NULL,
    called             TEXT   NOT NULL,
    campaign           UUID,
    queue              UUID,
    did                UUID,
    trunk              UUID,
    attempt            UUID,
    agent              UUID,
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
    noticed            BIGINT NOT NULL DEFAULT 0,
    mos                BIGINT
);
CREATE INDEX call_time ON call (started_at, id);
CREATE INDEX call_campaign ON call (campaign, started_at) WHERE campaign IS NOT NULL;
CREATE INDEX call_queue ON call (queue, started_at) WHERE queue IS NOT NULL;
CREATE INDEX call_agent ON call (agent, started_at) WHERE agent IS NOT NULL;
CREATE INDEX call_live ON call (started_at) WHERE ended_at IS NULL;
CREATE INDEX call_unanswered ON call (started_at, id)
    WHERE direction = 'inbound' AND connected_at IS NULL;

CREATE TABLE call_step (
    seq   BIGINT NOT NULL PRIMARY KEY,
    call  UUID   NOT NULL,
    at    BIGINT NOT NULL,
    step  TEXT   NOT NULL,
    agent UUID,
    note  TEXT
);
CREATE INDEX call_step_call ON call_step (call, seq);

CREATE TABLE agent_interval (
    seq      BIGINT NOT NULL PRIMARY KEY,
    agent    UUID   NOT NULL,
    state    TEXT   NOT NULL,
    counts   TEXT   NOT NULL,
    class    TEXT,
    reason   TEXT,
    from_at  BIGINT NOT NULL,
    to_at    BIGINT NOT NULL,
    call     UUID,
    campaign UUID
);
CREATE INDEX agent_interval_agent ON agent_interval (agent, from_at);
CREATE INDEX agent_interval_time ON agent_interval (from_at);

CREATE TABLE agent_clock (
    seq        BIGINT NOT NULL PRIMARY KEY,
    agent      UUID   NOT NULL,
    at         BIGINT NOT NULL,
    clocked_in BIGINT NOT NULL,
    reason     TEXT,
    unit       UUID
);
CREATE INDEX agent_clock_agent ON agent_clock (agent, at);
CREATE INDEX agent_clock_time ON agent_clock (at) WHERE clocked_in = 1;

CREATE TABLE disposition (
    seq         BIGINT NOT NULL PRIMARY KEY,
    call        UUID   NOT NULL,
    agent       UUID   NOT NULL,
    campaign    UUID,
    lead        UUID,
    code        TEXT   NOT NULL,
    notes       TEXT   NOT NULL,
    callback_at BIGINT,
    dnc         BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    machine     BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX disposition_call ON disposition (call);
CREATE INDEX disposition_campaign ON disposition (campaign, at) WHERE campaign IS NOT NULL;
CREATE INDEX disposition_lead ON disposition (lead) WHERE lead IS NOT NULL;

CREATE TABLE dnc_register (
    id          UUID   NOT NULL PRIMARY KEY,
    name        TEXT   NOT NULL UNIQUE,
    lifted_by   TEXT,
    search      TEXT   NOT NULL,
    settings    TEXT   NOT NULL,
    numbers     BIGINT NOT NULL DEFAULT 0,
    imported_at BIGINT,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

CREATE TABLE dnc_registered (
    number   TEXT   NOT NULL,
    register UUID   NOT NULL REFERENCES dnc_register (id) ON DELETE CASCADE,
    PRIMARY KEY (number, register)
);

CREATE TABLE legal_profile (
    id         UUID   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE team (
    id         UUID   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE link (
    owner_table TEXT   NOT NULL,
    owner       UUID   NOT NULL,
    field       TEXT   NOT NULL,
    agent       UUID   REFERENCES agent (id),
    queue       UUID   REFERENCES queue (id),
    trunk       UUID   REFERENCES trunk (id),
    campaign    UUID   REFERENCES campaign (id),
    list        UUID   REFERENCES list (id),
    cli         TEXT   REFERENCES cli (number),
    profile     UUID   REFERENCES legal_profile (id),
    team        UUID   REFERENCES team (id),
    PRIMARY KEY (owner, field)
);
CREATE INDEX link_agent ON link (agent) WHERE agent IS NOT NULL;
CREATE INDEX link_queue ON link (queue) WHERE queue IS NOT NULL;
CREATE INDEX link_trunk ON link (trunk) WHERE trunk IS NOT NULL;
CREATE INDEX link_campaign ON link (campaign) WHERE campaign IS NOT NULL;
CREATE INDEX link_list ON link (list) WHERE list IS NOT NULL;
CREATE INDEX link_cli ON link (cli) WHERE cli IS NOT NULL;
CREATE INDEX link_profile ON link (profile) WHERE profile IS NOT NULL;
CREATE INDEX link_team ON link (team) WHERE team IS NOT NULL;

CREATE TABLE supervision (
    seq     BIGINT NOT NULL PRIMARY KEY,
    agent   UUID   NOT NULL,
    account UUID   NOT NULL,
    act     TEXT   NOT NULL,
    call    UUID,
    at      BIGINT NOT NULL
);
CREATE INDEX supervision_agent ON supervision (agent, seq);

CREATE TABLE trunk_secret (
    trunk    UUID   NOT NULL PRIMARY KEY REFERENCES trunk (id) ON DELETE CASCADE,
    username TEXT   NOT NULL,
    password TEXT   NOT NULL
);

CREATE TABLE recording (
    id          UUID   NOT NULL PRIMARY KEY,
    call        UUID   NOT NULL,
    agent       UUID   NOT NULL,
    started_at  BIGINT NOT NULL,
    ended_at    BIGINT,
    duration_ms BIGINT,
    gap_ms      BIGINT,
    pauses      BIGINT NOT NULL DEFAULT 0,
    chain       TEXT,
    interrupted BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX recording_call ON recording (call);
CREATE INDEX recording_time ON recording (started_at, id);
CREATE INDEX recording_agent ON recording (agent, started_at);
CREATE INDEX recording_live ON recording (started_at) WHERE ended_at IS NULL;

CREATE TABLE place (
    id  BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    key TEXT   NOT NULL UNIQUE
);

CREATE TABLE lead_tally (
    list     UUID   NOT NULL,
    status   TEXT   NOT NULL,
    attempts BIGINT NOT NULL,
    place    BIGINT NOT NULL,
    leads    BIGINT NOT NULL,
    PRIMARY KEY (list, status, attempts, place)
);

CREATE TABLE callback (
    id          UUID   NOT NULL PRIMARY KEY,
    lead        UUID   NOT NULL,
    campaign    UUID   NOT NULL,
    number      TEXT   NOT NULL,
    owner       UUID,
    due_at      BIGINT NOT NULL,
    callback    TEXT   NOT NULL,
    promised_at BIGINT NOT NULL,
    promised_by UUID,
    closed_at   BIGINT,
    closing     TEXT
);
CREATE INDEX callback_due ON callback (due_at, id);
CREATE INDEX callback_owner ON callback (owner, due_at) WHERE owner IS NOT NULL;
CREATE INDEX callback_open ON callback (due_at) WHERE closed_at IS NULL;
CREATE INDEX callback_lead ON callback (lead);

CREATE TABLE pacer_memory (
    campaign  UUID   NOT NULL,
    hour      BIGINT NOT NULL,
    learnt    TEXT   NOT NULL,
    learnt_at BIGINT NOT NULL,
    PRIMARY KEY (campaign, hour)
);

CREATE TABLE call_leg (
    seq           BIGINT NOT NULL PRIMARY KEY,
    call          UUID   NOT NULL,
    at            BIGINT NOT NULL,
    agent         UUID,
    mos           BIGINT NOT NULL,
    received      BIGINT NOT NULL,
    lost          BIGINT NOT NULL,
    lost_by_party BIGINT,
    jitter_us     BIGINT NOT NULL,
    jitter_max_us BIGINT NOT NULL,
    round_trip_us BIGINT
);
CREATE INDEX call_leg_call ON call_leg (call, seq);

CREATE TABLE voicemail (
    id          UUID   NOT NULL PRIMARY KEY,
    call        UUID   NOT NULL,
    agent       UUID,
    queue       UUID,
    started_at  BIGINT NOT NULL,
    ended_at    BIGINT,
    duration_ms BIGINT,
    gap_ms      BIGINT,
    chain       TEXT,
    interrupted BIGINT NOT NULL DEFAULT 0,
    heard_at    BIGINT,
    removed_at  BIGINT,
    mailed_at   BIGINT,
    mail_tries  BIGINT NOT NULL DEFAULT 0,
    mail_due_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX voicemail_mail ON voicemail (started_at) WHERE mailed_at IS NULL;
CREATE INDEX voicemail_time ON voicemail (started_at, id);
CREATE INDEX voicemail_agent ON voicemail (agent, started_at) WHERE agent IS NOT NULL;
CREATE INDEX voicemail_queue ON voicemail (queue, started_at) WHERE queue IS NOT NULL;
CREATE INDEX voicemail_live ON voicemail (started_at) WHERE ended_at IS NULL;
CREATE INDEX voicemail_call ON voicemail (call);

CREATE TABLE security_policy (
    id         BIGINT PRIMARY KEY CHECK (id = 1),
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    strangers  BIGINT NOT NULL
);

CREATE TABLE role (
    id         UUID   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE account (
    id            UUID   NOT NULL PRIMARY KEY,
    username      TEXT   NOT NULL UNIQUE,
    password_hash TEXT   NOT NULL,
    must_change   BIGINT NOT NULL,
    role          TEXT   NOT NULL,
    agent         UUID   UNIQUE REFERENCES agent (id),
    login         TEXT   NOT NULL,
    wrong_logins  BIGINT NOT NULL,
    last_login_at BIGINT,
    version       BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    active_at     BIGINT NOT NULL DEFAULT 0,
    has_totp      BIGINT NOT NULL DEFAULT 0,
    needs_totp    BIGINT NOT NULL DEFAULT 0,
    custom_role   UUID   REFERENCES role (id),
    teams         TEXT   NOT NULL DEFAULT '[]',
    campaigns     TEXT   NOT NULL DEFAULT '[]'
);

CREATE TABLE session (
    token      BYTEA  NOT NULL PRIMARY KEY,
    account    UUID   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    idle_us    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    source     TEXT   NOT NULL
);
CREATE INDEX session_account ON session (account);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE former_password (
    account UUID   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    hash    TEXT   NOT NULL,
    left_at BIGINT NOT NULL
);
CREATE INDEX former_password_account ON former_password (account, left_at);

CREATE TABLE totp (
    account    UUID   NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    secret     BYTEA  NOT NULL,
    step       BIGINT NOT NULL,
    tries      BIGINT NOT NULL,
    tries_from BIGINT NOT NULL
);

CREATE TABLE recovery_code (
    account UUID   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    code    BYTEA  NOT NULL,
    PRIMARY KEY (account, code)
);

CREATE TABLE audit (
    sequence BIGINT NOT NULL PRIMARY KEY,
    at       BIGINT NOT NULL,
    actor    UUID,
    verb     TEXT   NOT NULL,
    resource TEXT   NOT NULL,
    object   UUID,
    ending   TEXT   NOT NULL,
    evidence TEXT   NOT NULL,
    hash     BYTEA  NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_actor ON audit (actor, sequence);
CREATE INDEX audit_object ON audit (object, sequence);
CREATE INDEX audit_resource ON audit (resource, sequence);

CREATE TABLE api_token (
    id         UUID   NOT NULL PRIMARY KEY,
    account    UUID   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    token      BYTEA  NOT NULL UNIQUE,
    grants     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    seen_at    BIGINT,
    UNIQUE (account, name)
);
-- How many leads of a list stand where: kept by the database itself, so that no write can forget
-- it, and read instead of a million leads.
CREATE FUNCTION lead_counts(in_list UUID, in_status TEXT, in_attempts BIGINT, in_place BIGINT,
    change BIGINT) RETURNS VOID LANGUAGE sql AS $$
    INSERT INTO lead_tally (list, status, attempts, place, leads)
    VALUES (in_list, in_status, in_attempts, in_place, change)
    ON CONFLICT (list, status, attempts, place)
    DO UPDATE SET leads = lead_tally.leads + EXCLUDED.leads;
$$;

-- One row for each kind that a statement touched: a trigger for each lead would write the same
-- few rows a thousand times, and every version of them stays until it is vacuumed.
CREATE FUNCTION leads_added() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lead_counts(list, status, attempts, place, count(*))
    FROM after GROUP BY list, status, attempts, place;
    RETURN NULL;
END $$;

CREATE FUNCTION leads_gone() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lead_counts(list, status, attempts, place, -count(*))
    FROM before GROUP BY list, status, attempts, place;
    RETURN NULL;
END $$;

CREATE FUNCTION leads_moved() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lead_counts(list, status, attempts, place, sum(change)::BIGINT)
    FROM (
        SELECT list, status, attempts, place, 1 AS change FROM after
        UNION ALL SELECT list, status, attempts, place, -1 FROM before
    ) AS moves
    GROUP BY list, status, attempts, place HAVING sum(change) <> 0;
    RETURN NULL;
END $$;

CREATE TRIGGER lead_added AFTER INSERT ON lead
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION leads_added();
CREATE TRIGGER lead_moved AFTER UPDATE ON lead
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION leads_moved();
CREATE TRIGGER lead_gone AFTER DELETE ON lead
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION leads_gone();

INSERT INTO dnc_version (id, version) VALUES (1, 0);
INSERT INTO fold_position (id, seq) VALUES (1, 0);
INSERT INTO security_policy (id, settings, version, created_at, updated_at, strangers)
VALUES (1, '{}', 1, 0, 0, 0);
