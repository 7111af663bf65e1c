-- Tokens that programs prove themselves with: the hash of each, and what its user lent it.
CREATE TABLE api_token (
    id         BLOB   NOT NULL PRIMARY KEY,
    account    BLOB   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    token      BLOB   NOT NULL UNIQUE,
    grants     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    seen_at    BIGINT,
    UNIQUE (account, name)
);
