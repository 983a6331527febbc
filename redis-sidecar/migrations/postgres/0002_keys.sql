-- Virtual keys that were made through the admin API. Of a key only its SHA-256 is kept.
CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    previous_sha256 TEXT,
    previous_until BIGINT,
    team TEXT,
    models TEXT,
    expires BIGINT,
    disabled BIGINT NOT NULL,
    rate_limits TEXT,
    budgets TEXT,
    metadata TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    revision BIGINT NOT NULL
);

-- One row, which every change of a key updates first: changes come one after the other.
CREATE TABLE key_changes (count BIGINT NOT NULL);
INSERT INTO key_changes (count) VALUES (0);
