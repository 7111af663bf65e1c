-- What agents prove themselves with at an access number.
CREATE TABLE call_in_pin (
    agent  UUID   NOT NULL PRIMARY KEY REFERENCES agent (id) ON DELETE CASCADE,
    hash   TEXT   NOT NULL,
    set_at BIGINT NOT NULL
);
