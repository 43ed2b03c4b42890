-- What the overview and the page of rejections read. Written behind by the delivery log, in the transaction of its rows.
-- Runs on MySQL 8.0/8.4 and MariaDB 10.11/11.4.

-- Deliveries counted and timed, by minute and by hour: a chart of a week reads hours.
CREATE TABLE IF NOT EXISTS webhook_rollups (
    span_seconds SMALLINT    NOT NULL COMMENT '60 or 3600',
    started_at   DATETIME    NOT NULL COMMENT 'when the minute or hour began',
    provider     VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    outcome      VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    deliveries   BIGINT      NOT NULL,
    slowest_us   BIGINT      NOT NULL,
    to_1_ms      BIGINT      NOT NULL COMMENT 'answered within 1 ms; each further column what took longer than the one before',
    to_2_ms      BIGINT      NOT NULL,
    to_5_ms      BIGINT      NOT NULL,
    to_10_ms     BIGINT      NOT NULL,
    to_25_ms     BIGINT      NOT NULL,
    to_50_ms     BIGINT      NOT NULL,
    to_100_ms    BIGINT      NOT NULL,
    to_250_ms    BIGINT      NOT NULL,
    to_500_ms    BIGINT      NOT NULL,
    to_1000_ms   BIGINT      NOT NULL,
    to_2500_ms   BIGINT      NOT NULL,
    to_4500_ms   BIGINT      NOT NULL,
    to_10000_ms  BIGINT      NOT NULL,
    longer       BIGINT      NOT NULL,
    -- the upsert, and a range of minutes or hours
    PRIMARY KEY (span_seconds, started_at, provider, outcome)
) ENGINE = InnoDB;

-- How many deliveries were refused, also of those that were not kept as rows.
CREATE TABLE IF NOT EXISTS webhook_rejection_minutes (
    started_at DATETIME    NOT NULL COMMENT 'when the minute began',
    provider   VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'other: none that is known',
    cause      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    refused    BIGINT      NOT NULL,
    kept       BIGINT      NOT NULL COMMENT 'of these, rows in webhook_rejections',
    -- the upsert, a range of minutes, and what a row of that minute was one of
    PRIMARY KEY (started_at, provider, cause)
) ENGINE = InnoDB;

-- The page of rejections: newest first, all or of one cause, one provider, or both. Only refused deliveries pay for these.
SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
            AND TABLE_NAME = 'webhook_rejections' AND INDEX_NAME = 'ix_webhook_rejections_time'),
    'DO 0',
    'ALTER TABLE webhook_rejections ADD INDEX ix_webhook_rejections_time (received_at, id)');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
            AND TABLE_NAME = 'webhook_rejections' AND INDEX_NAME = 'ix_webhook_rejections_cause_time'),
    'DO 0',
    'ALTER TABLE webhook_rejections ADD INDEX ix_webhook_rejections_cause_time (cause, received_at, id)');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
            AND TABLE_NAME = 'webhook_rejections' AND INDEX_NAME = 'ix_webhook_rejections_provider_cause_time'),
    'DO 0',
    'ALTER TABLE webhook_rejections ADD INDEX ix_webhook_rejections_provider_cause_time (provider, cause, received_at, id)');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
            AND TABLE_NAME = 'webhook_rejections' AND INDEX_NAME = 'ix_webhook_rejections_provider_time'),
    'DO 0',
    'ALTER TABLE webhook_rejections ADD INDEX ix_webhook_rejections_provider_time (provider, received_at, id)');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;
