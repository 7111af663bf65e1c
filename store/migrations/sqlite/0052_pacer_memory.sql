-- What each campaign's pacer knew at the end of each hour of the week, folded from the journal.
CREATE TABLE pacer_memory (
    campaign  BLOB   NOT NULL,
    hour      BIGINT NOT NULL,
    learnt    TEXT   NOT NULL,
    learnt_at BIGINT NOT NULL,
    PRIMARY KEY (campaign, hour)
) WITHOUT ROWID;
