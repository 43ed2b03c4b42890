-- Replays, and the causes of refusals. Runs on MySQL 8.0/8.4 and MariaDB 10.11/11.4; does nothing where its work is done.

-- What refusals for the same reason have in common, written by the statement that records the refusal.
SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'webhook_events' AND COLUMN_NAME = 'error_cause'),
    'DO 0',
    'ALTER TABLE webhook_events ADD COLUMN error_cause VARCHAR(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT ''the error without ids, numbers and quotes; NULL unless failed or dead-lettered''');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

-- Events refused before: nearly as the product words it; their next refusal writes the product's own words.
UPDATE webhook_events
SET error_cause = COALESCE(NULLIF(LEFT(TRIM(TRAILING ': …' FROM
    REGEXP_REPLACE(LEFT(error, 300), '"[^"]*"?|[^ (),;]*[0-9][^ (),;]*', '…')), 120), ''), 'No reason given')
WHERE status IN ('failed', 'dead_lettered') AND error IS NOT NULL AND error_cause IS NULL;

-- The page of failures: its groups by jumping from cause to cause, the events of a group newest first. Of an event that is
-- never refused it costs a NULL at the end of the NULLs.
SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.STATISTICS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'webhook_events' AND INDEX_NAME = 'ix_webhook_events_error_cause'),
    'DO 0',
    'CREATE INDEX ix_webhook_events_error_cause ON webhook_events (error_cause, id)');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

-- The replay of a group of events. Which node runs it is a lease: of a dead node another takes it over.
CREATE TABLE IF NOT EXISTS replay_jobs (
    id          BIGINT        NOT NULL AUTO_INCREMENT,
    request_id  CHAR(36)      CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'of the form: sent twice, it is one job',
    filter      VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'what was asked for, a JSON object',
    events      INT           NOT NULL COMMENT 'how many the set holds; it was fixed when it was confirmed',
    reason      VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    username    VARCHAR(64)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    state       ENUM ('running', 'canceled', 'done') NOT NULL,
    created_at  DATETIME(6)   NOT NULL,
    started_at  DATETIME(6)   NULL,
    finished_at DATETIME(6)   NULL,
    canceled_by VARCHAR(64)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    runner      CHAR(36)      CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'the process that runs it',
    node        VARCHAR(128)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'its name',
    lease_until DATETIME(6)   NOT NULL COMMENT 'until then it is the runner''s',
    PRIMARY KEY (id),
    UNIQUE KEY uk_replay_jobs_request_id (request_id),
    -- the runners' look for work
    KEY ix_replay_jobs_state (state, id)
) ENGINE = InnoDB;

-- One row a replay of one event: those of a job are there from its confirmation on, without an outcome until their turn.
CREATE TABLE IF NOT EXISTS webhook_replays (
    id           BIGINT        NOT NULL AUTO_INCREMENT,
    job_id       BIGINT        NULL,
    event_row    BIGINT        NOT NULL COMMENT 'webhook_events.id',
    outcome      VARCHAR(24)   CHARACTER SET ascii COLLATE ascii_bin NULL,
    message      VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'why it was refused',
    username     VARCHAR(64)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'NULL = that of the job',
    reason       VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    requested_at DATETIME(6)   NOT NULL,
    finished_at  DATETIME(6)   NULL,
    node         VARCHAR(128)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    PRIMARY KEY (id),
    -- the next of a job, and its progress
    KEY ix_webhook_replays_job (job_id, outcome, id),
    -- the replays of an event
    KEY ix_webhook_replays_event (event_row, id)
) ENGINE = InnoDB;
