-- Where people are reached by letters, and who was asked to come and has not yet.
ALTER TABLE account ADD COLUMN email TEXT;
ALTER TABLE account ADD COLUMN invited BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX account_email ON account (lower(email));

-- Links that were mailed: `token` is the SHA-256 of what stands in the letter.
CREATE TABLE mailed_link (
    token      BYTEA  NOT NULL PRIMARY KEY,
    account    UUID   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    purpose    TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE (account, purpose)
);
