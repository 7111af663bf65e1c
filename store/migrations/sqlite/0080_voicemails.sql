-- Messages that callers left, folded from the journal: the audio is in a recording's file of the
-- same identity. Of agent and queue one is there: whose mailbox it is. `heard_at` and `removed_at`
-- are said through the API; until `mailed_at` it is tried again at `mail_due_at`.
CREATE TABLE voicemail (
    id          BLOB   NOT NULL PRIMARY KEY,
    call        BLOB   NOT NULL,
    agent       BLOB,
    queue       BLOB,
    started_at  BIGINT NOT NULL,
    ended_at    BIGINT,
    duration_ms BIGINT,
    gap_ms      BIGINT,
    chain       TEXT,
    interrupted BIGINT NOT NULL DEFAULT 0,
    heard_at    BIGINT,
    removed_at  BIGINT,
    mailed_at   BIGINT,
    mail_tries  BIGINT NOT NULL DEFAULT 0,
    mail_due_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX voicemail_mail ON voicemail (started_at) WHERE mailed_at IS NULL;
CREATE INDEX voicemail_time ON voicemail (started_at, id);
CREATE INDEX voicemail_agent ON voicemail (agent, started_at) WHERE agent IS NOT NULL;
CREATE INDEX voicemail_queue ON voicemail (queue, started_at) WHERE queue IS NOT NULL;
CREATE INDEX voicemail_live ON voicemail (started_at) WHERE ended_at IS NULL;
CREATE INDEX voicemail_call ON voicemail (call);
