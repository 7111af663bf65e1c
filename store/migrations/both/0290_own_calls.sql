-- Calls that agents made are in no rate of what a machine dialled (RULES UK-2, US-2).
ALTER TABLE attempt ADD COLUMN own BIGINT NOT NULL DEFAULT 0;
