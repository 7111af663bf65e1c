-- Clips of the organisation's own, every version of each, and how they sound.
CREATE TABLE prompt (
    id          UUID   NOT NULL PRIMARY KEY,
    name        TEXT   NOT NULL UNIQUE,
    duration_ms BIGINT NOT NULL,
    search      TEXT   NOT NULL,
    settings    TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

CREATE TABLE prompt_version (
    id       UUID   NOT NULL REFERENCES prompt (id) ON DELETE CASCADE,
    version  BIGINT NOT NULL,
    settings TEXT   NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (id, version)
);

-- By the hash that a version names: two versions that sound alike are kept once.
CREATE TABLE prompt_audio (
    sha256     TEXT   NOT NULL PRIMARY KEY,
    wav        BYTEA  NOT NULL,
    created_at BIGINT NOT NULL
);

-- What settings name, but for the clips that come with the product.
ALTER TABLE link ADD COLUMN prompt TEXT REFERENCES prompt (name);
CREATE INDEX link_prompt ON link (prompt) WHERE prompt IS NOT NULL;

-- The default named a clip that there never was; what was heard is what it names now.
UPDATE campaign SET settings = replace(settings, '"notice":"notice"', '"notice":"abandoned-notice"');
