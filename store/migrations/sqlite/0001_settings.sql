-- Settings: what people set up.
--
-- A resource is one JSON document, as its own crate writes it, so that it is defined once. What SQL
-- must find, join or keep unique stands beside it as a column. Ids are UUIDs as 16 bytes: half the
-- size of their text in every index, in the order of their age (version 7), and PostgreSQL's own
-- `uuid` takes the same bind. Times are microseconds since 1970 in UTC.

CREATE TABLE organisation (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    settings   TEXT    NOT NULL,
    version    BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL
);

CREATE TABLE agent (
    id         BLOB   NOT NULL PRIMARY KEY,
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
    id         BLOB   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE trunk (
    id         BLOB   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE cli (
    id         BLOB   NOT NULL PRIMARY KEY,
    number     TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE did (
    id         BLOB   NOT NULL PRIMARY KEY,
    number     TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE campaign (
    id         BLOB   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE list (
    id         BLOB   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE pause_reason (
    id         BLOB   NOT NULL PRIMARY KEY,
    text       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Who refers to whom among the settings: one row a reference, with the field that makes it. The
-- database refuses a reference to nothing and the deletion of what is referred to.
CREATE TABLE link (
    owner_table TEXT NOT NULL,
    owner       BLOB NOT NULL,
    field       TEXT NOT NULL,
    agent       BLOB REFERENCES agent (id),
    queue       BLOB REFERENCES queue (id),
    trunk       BLOB REFERENCES trunk (id),
    campaign    BLOB REFERENCES campaign (id),
    list        BLOB REFERENCES list (id),
    cli         TEXT REFERENCES cli (number),
    PRIMARY KEY (owner, field)
);
CREATE INDEX link_agent ON link (agent) WHERE agent IS NOT NULL;
CREATE INDEX link_queue ON link (queue) WHERE queue IS NOT NULL;
CREATE INDEX link_trunk ON link (trunk) WHERE trunk IS NOT NULL;
CREATE INDEX link_campaign ON link (campaign) WHERE campaign IS NOT NULL;
CREATE INDEX link_list ON link (list) WHERE list IS NOT NULL;
CREATE INDEX link_cli ON link (cli) WHERE cli IS NOT NULL;

-- What an extension proves itself with: RFC 8760's H(A1), never the secret, which is shown once.
CREATE TABLE sip_secret (
    agent      BLOB   NOT NULL PRIMARY KEY REFERENCES agent (id) ON DELETE CASCADE,
    username   TEXT   NOT NULL UNIQUE,
    realm      TEXT   NOT NULL,
    ha1_md5    BLOB   NOT NULL,
    ha1_sha256 BLOB   NOT NULL,
    issued_at  BIGINT NOT NULL
);

-- People who log in. An agent needs none (R1); one may be linked to an agent.
CREATE TABLE account (
    id            BLOB   NOT NULL PRIMARY KEY,
    username      TEXT   NOT NULL UNIQUE,
    password_hash TEXT   NOT NULL,
    must_change   BIGINT NOT NULL,
    role          TEXT   NOT NULL,
    agent         BLOB   UNIQUE REFERENCES agent (id),
    login         TEXT   NOT NULL,
    wrong_logins  BIGINT NOT NULL,
    last_login_at BIGINT,
    version       BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);

-- Logins that are alive. `token` is the SHA-256 of what the browser holds.
CREATE TABLE session (
    token      BLOB   NOT NULL PRIMARY KEY,
    account    BLOB   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    idle_us    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    source     TEXT   NOT NULL
);
CREATE INDEX session_account ON session (account);
CREATE INDEX session_expires ON session (expires_at);

-- Do not call: `campaign` NULL binds every campaign.
CREATE TABLE dnc (
    id         BLOB   NOT NULL PRIMARY KEY,
    number     TEXT   NOT NULL,
    campaign   BLOB   REFERENCES campaign (id),
    reason     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX dnc_organisation ON dnc (number) WHERE campaign IS NULL;
CREATE UNIQUE INDEX dnc_campaign ON dnc (number, campaign) WHERE campaign IS NOT NULL;
CREATE INDEX dnc_of_campaign ON dnc (campaign) WHERE campaign IS NOT NULL;

-- Rises with every change of the set; a permit names the version it was checked against.
CREATE TABLE dnc_version (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    version BIGINT  NOT NULL
);
INSERT INTO dnc_version (id, version) VALUES (1, 0);
