-- Who spoke in each agent's part of a call, and for how long, folded from the journal.
CREATE TABLE call_talk (
    seq         BIGINT NOT NULL PRIMARY KEY,
    call        UUID   NOT NULL,
    at          BIGINT NOT NULL,
    agent       UUID   NOT NULL,
    agent_us    BIGINT NOT NULL,
    customer_us BIGINT NOT NULL,
    both_us     BIGINT NOT NULL,
    nobody_us   BIGINT NOT NULL,
    dead_airs   BIGINT NOT NULL,
    talk_overs  BIGINT NOT NULL
);
CREATE INDEX call_talk_call ON call_talk (call, seq);
