-- Machine verdicts that a reviewer hears, folded from the journal: what was said from the answer to
-- the verdict is in a recording's file of the same identity. What was heard of it is said through
-- the API; a row whose audio was thrown away or has outlived its rule keeps that.
CREATE TABLE verdict (
    id          UUID   NOT NULL PRIMARY KEY,
    call        UUID   NOT NULL,
    attempt     UUID   NOT NULL,
    campaign    UUID   NOT NULL,
    started_at  BIGINT NOT NULL,
    ended_at    BIGINT,
    duration_ms BIGINT,
    gap_ms      BIGINT,
    chain       TEXT,
    interrupted BIGINT NOT NULL DEFAULT 0,
    removed_at  BIGINT,
    met         TEXT,
    met_at      BIGINT,
    met_by      TEXT
);
CREATE INDEX verdict_time ON verdict (started_at, id);
CREATE INDEX verdict_call ON verdict (call);
CREATE INDEX verdict_attempt ON verdict (attempt);
CREATE INDEX verdict_live ON verdict (started_at) WHERE ended_at IS NULL;
CREATE INDEX verdict_kept ON verdict (started_at) WHERE removed_at IS NULL;
CREATE INDEX verdict_removed ON verdict (removed_at) WHERE removed_at IS NOT NULL;
