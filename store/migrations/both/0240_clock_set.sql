-- Steps of the wall clock: records on both sides of one are that much further apart than they were.
CREATE TABLE clock_set (
    seq   BIGINT PRIMARY KEY,
    at    BIGINT NOT NULL,
    by_us BIGINT NOT NULL
);
