-- Where users prove who they are: by a password that is kept here, or elsewhere (R199).
ALTER TABLE account ADD COLUMN sign_in TEXT NOT NULL DEFAULT 'password';

-- When whoever proved the user elsewhere saw them do it; null where that is not known.
ALTER TABLE session ADD COLUMN proven_at BIGINT;

-- Who is asked elsewhere, one row for each kind; `secret` is what we prove ourselves with there.
CREATE TABLE sign_in_source (
    kind       TEXT   NOT NULL CONSTRAINT sign_in_source_kind PRIMARY KEY,
    settings   TEXT   NOT NULL,
    secret     TEXT,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- What a provider calls a user, for good: a name there may be given to somebody else.
CREATE TABLE provider_subject (
    account   UUID   NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    issuer    TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    linked_at BIGINT NOT NULL,
    UNIQUE (issuer, subject)
);
