-- How each leg was heard while it was part of a call, folded from the journal.
CREATE TABLE call_leg (
    seq           BIGINT NOT NULL PRIMARY KEY,
    call          BLOB   NOT NULL,
    at            BIGINT NOT NULL,
    -- None is the customer's leg.
    agent         BLOB,
    mos           BIGINT NOT NULL,
    received      BIGINT NOT NULL,
    lost          BIGINT NOT NULL,
    lost_by_party BIGINT,
    jitter_us     BIGINT NOT NULL,
    jitter_max_us BIGINT NOT NULL,
    round_trip_us BIGINT
);
CREATE INDEX call_leg_call ON call_leg (call, seq);

-- That of its worst leg, in hundredths.
ALTER TABLE call ADD COLUMN mos BIGINT;
