-- Roles that the organisation made itself: a name and what it grants.
CREATE TABLE role (
    id         BLOB   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    search     TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- `role` is one of the house's own words, or `custom`, and then this names it.
ALTER TABLE account ADD COLUMN custom_role BLOB REFERENCES role (id);

-- Teams and campaigns that narrow a role's scope; what they name stands in `link` too.
ALTER TABLE account ADD COLUMN teams TEXT NOT NULL DEFAULT '[]';
ALTER TABLE account ADD COLUMN campaigns TEXT NOT NULL DEFAULT '[]';

-- Managers have seen every campaign until now; from here on that is the senior manager's.
UPDATE account SET role = 'senior_manager' WHERE role = 'manager';
