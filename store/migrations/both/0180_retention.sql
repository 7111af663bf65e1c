-- For how long audio is kept, by campaign or for the organisation, and what no rule may remove.
-- `campaign` is its identity as text, or `organisation`.
CREATE TABLE retention_rule (
    id         UUID   NOT NULL PRIMARY KEY,
    campaign   TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Of campaign, list, call and number one is there.
CREATE TABLE legal_hold (
    id         UUID   NOT NULL PRIMARY KEY,
    campaign   UUID   UNIQUE,
    list       UUID   UNIQUE,
    call       UUID   UNIQUE,
    number     TEXT   UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- The record of a recording outlives its audio, so that what is counted of it stays.
ALTER TABLE recording ADD COLUMN removed_at BIGINT;
CREATE INDEX recording_kept ON recording (started_at) WHERE removed_at IS NULL;
CREATE INDEX recording_removed ON recording (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX voicemail_kept ON voicemail (started_at) WHERE removed_at IS NULL;
CREATE INDEX voicemail_removed ON voicemail (removed_at) WHERE removed_at IS NOT NULL;
