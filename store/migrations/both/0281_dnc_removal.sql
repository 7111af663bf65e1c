-- When a person took a number off the organisation's list. The journal is folded later, and what was
-- asked before that moment must not put it back; what is asked after it must.
CREATE TABLE dnc_removal (
    number TEXT   NOT NULL PRIMARY KEY,
    at     BIGINT NOT NULL
);
