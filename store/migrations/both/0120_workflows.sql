-- Workflows, and every version of each: a call is told by the version that led it.
CREATE TABLE workflow (
    id         UUID   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE workflow_version (
    id       UUID   NOT NULL REFERENCES workflow (id) ON DELETE CASCADE,
    version  BIGINT NOT NULL,
    settings TEXT   NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (id, version)
);

ALTER TABLE link ADD COLUMN workflow UUID REFERENCES workflow (id);
CREATE INDEX link_workflow ON link (workflow) WHERE workflow IS NOT NULL;
