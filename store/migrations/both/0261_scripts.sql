-- Scripts, every version of each, and what was answered in which call.
CREATE TABLE script (
    id         UUID   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE script_version (
    id       UUID   NOT NULL REFERENCES script (id) ON DELETE CASCADE,
    version  BIGINT NOT NULL,
    settings TEXT   NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (id, version)
);

ALTER TABLE link ADD COLUMN script UUID REFERENCES script (id);
CREATE INDEX link_script ON link (script) WHERE script IS NOT NULL;

-- The call has no row yet while it is talked in.
CREATE TABLE script_answers (
    call       UUID   NOT NULL PRIMARY KEY,
    script     UUID   NOT NULL REFERENCES script (id),
    version    BIGINT NOT NULL,
    agent      UUID   NOT NULL,
    page       TEXT   NOT NULL,
    answers    TEXT   NOT NULL,
    complete   BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX script_answers_script ON script_answers (script);
