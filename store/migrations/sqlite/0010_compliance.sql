-- Do-not-call registers that others keep, legal profiles, and what a lead brings for them.

-- A register is imported as a whole. `lifted_by` is the weakest consent by which a person on it may
-- be called; NULL where none does.
CREATE TABLE dnc_register (
    id          BLOB   NOT NULL PRIMARY KEY,
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

-- Read by number, once for every lead that is about to be dialled.
CREATE TABLE dnc_registered (
    number   TEXT NOT NULL,
    register BLOB NOT NULL REFERENCES dnc_register (id) ON DELETE CASCADE,
    PRIMARY KEY (number, register)
) WITHOUT ROWID;

CREATE TABLE legal_profile (
    id         BLOB   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
ALTER TABLE link ADD COLUMN profile BLOB REFERENCES legal_profile (id);
CREATE INDEX link_profile ON link (profile) WHERE profile IS NOT NULL;

ALTER TABLE lead ADD COLUMN region TEXT;
-- The consent as a document, and its kind for the query that looks for leads to dial.
ALTER TABLE lead ADD COLUMN consent TEXT;
ALTER TABLE lead ADD COLUMN consent_kind TEXT;
