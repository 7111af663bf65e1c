-- Places in line that callers kept when they hung up, by the call in which they did.
CREATE TABLE kept_place (
    call       UUID   NOT NULL PRIMARY KEY,
    queue      UUID   NOT NULL,
    campaign   UUID   NOT NULL,
    number     TEXT   NOT NULL,
    arrived_at BIGINT NOT NULL,
    until_at   BIGINT NOT NULL,
    tries_max  BIGINT NOT NULL,
    retry_s    BIGINT NOT NULL,
    kept_at    BIGINT NOT NULL,
    tries      BIGINT NOT NULL,
    last_call  UUID,
    closed_at  BIGINT,
    closing    TEXT
);
CREATE INDEX kept_place_kept ON kept_place (kept_at, call);
CREATE INDEX kept_place_open ON kept_place (queue) WHERE closed_at IS NULL;
