-- Recordings of calls: what has to be there, and what is. The audio is in files of their own.
CREATE TABLE recording (
    id          BLOB   NOT NULL PRIMARY KEY,
    call        BLOB   NOT NULL,
    agent       BLOB   NOT NULL,
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
