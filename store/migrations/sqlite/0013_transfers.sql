-- To whom a call was transferred.
ALTER TABLE call_step ADD COLUMN note TEXT;

-- What supervisors did.
CREATE TABLE supervision (
    seq     BIGINT NOT NULL PRIMARY KEY,
    agent   BLOB   NOT NULL,
    account BLOB   NOT NULL,
    act     TEXT   NOT NULL,
    call    BLOB,
    at      BIGINT NOT NULL
);
CREATE INDEX supervision_agent ON supervision (agent, seq);
