-- Requests and their attempts: docs/ledger.md says what the columns mean.
-- Clustered by day, as all questions are about a time.
CREATE TABLE requests (
    day INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    ended_ms INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    key_id TEXT,
    team TEXT,
    organization TEXT,
    model TEXT,
    provider TEXT,
    served_model TEXT,
    stream INTEGER NOT NULL,
    status INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    error_code TEXT,
    first_token_us INTEGER,
    input_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_5m_tokens INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL,
    audio_input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    audio_output_tokens INTEGER NOT NULL,
    cost_pico_usd INTEGER,
    price_version TEXT,
    PRIMARY KEY (day, request_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX requests_by_key ON requests (key_id, ended_ms);
CREATE INDEX requests_by_team ON requests (team, ended_ms);
CREATE INDEX requests_by_id ON requests (request_id);

CREATE TABLE attempts (
    day INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    status TEXT NOT NULL,
    duration_us INTEGER,
    input_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_5m_tokens INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL,
    audio_input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    audio_output_tokens INTEGER NOT NULL,
    cost_pico_usd INTEGER,
    PRIMARY KEY (day, request_id, attempt)
) STRICT, WITHOUT ROWID;
