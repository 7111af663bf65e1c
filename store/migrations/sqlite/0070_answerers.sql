-- Who answered an attempt as far as it was heard, why, and what agents met.
ALTER TABLE attempt ADD COLUMN answerer TEXT;
ALTER TABLE attempt ADD COLUMN answerer_why TEXT;
ALTER TABLE attempt ADD COLUMN judged_ms BIGINT;
ALTER TABLE attempt ADD COLUMN audited BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN message_left BIGINT NOT NULL DEFAULT 0;
ALTER TABLE disposition ADD COLUMN machine BIGINT NOT NULL DEFAULT 0;
