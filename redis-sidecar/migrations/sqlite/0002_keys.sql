-- Virtual keys that were made through the admin API. Of a key only its SHA-256 is kept.
CREATE TABLE keys (
    id TEXT PRIMARY KEY NOT NULL,
    sha256 TEXT NOT NULL,
    previous_sha256 TEXT,
    previous_until INTEGER,
    team TEXT,
    models TEXT,
    expires INTEGER,
    disabled INTEGER NOT NULL,
    rate_limits TEXT,
    budgets TEXT,
    metadata TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

-- One row, which every change of a key updates first: changes come one after the other.
CREATE TABLE key_changes (count INTEGER NOT NULL) STRICT;
INSERT INTO key_changes (count) VALUES (0);
