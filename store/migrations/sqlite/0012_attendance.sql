-- Teams, which are also the units that agents clock in to (R144, R187).
CREATE TABLE team (
    id         BLOB   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

ALTER TABLE link ADD COLUMN team BLOB REFERENCES team (id);
CREATE INDEX link_team ON link (team) WHERE team IS NOT NULL;

-- The unit of a shift; none where none was chosen.
ALTER TABLE agent_clock ADD COLUMN unit BLOB;
CREATE INDEX agent_clock_time ON agent_clock (at) WHERE clocked_in = 1;
