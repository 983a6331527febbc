-- Requests and their attempts: docs/ledger.md says what the columns mean.
-- Partitions, one a day, are made and dropped by the sidecar (src/ledger/partitions.rs).
CREATE TABLE requests (
    day BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    ended_ms BIGINT NOT NULL,
    duration_us BIGINT NOT NULL,
    endpoint TEXT NOT NULL,
    key_id TEXT,
    team TEXT,
    organization TEXT,
    model TEXT,
    provider TEXT,
    served_model TEXT,
    stream BOOLEAN NOT NULL,
    status BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    error_code TEXT,
    first_token_us BIGINT,
    input_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_write_5m_tokens BIGINT NOT NULL,
    cache_write_1h_tokens BIGINT NOT NULL,
    audio_input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    audio_output_tokens BIGINT NOT NULL,
    cost_pico_usd BIGINT,
    price_version TEXT,
    PRIMARY KEY (day, request_id)
) PARTITION BY RANGE (day);

-- Rows come nearly in the order of their time: a block range index is a few pages a day.
CREATE INDEX requests_by_time ON requests USING brin (ended_ms);
CREATE INDEX requests_by_key ON requests (key_id, ended_ms);
CREATE INDEX requests_by_team ON requests (team, ended_ms);

CREATE TABLE attempts (
    day BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    status TEXT NOT NULL,
    duration_us BIGINT,
    input_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_write_5m_tokens BIGINT NOT NULL,
    cache_write_1h_tokens BIGINT NOT NULL,
    audio_input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    audio_output_tokens BIGINT NOT NULL,
    cost_pico_usd BIGINT,
    PRIMARY KEY (day, request_id, attempt)
) PARTITION BY RANGE (day);
