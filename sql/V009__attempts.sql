-- Attempts at an event that no delivery made: retries of our own and replays by people. Written behind, like deliveries, whose
-- table stays one row an HTTP request. Runs on MySQL 8.0/8.4 and MariaDB 10.11/11.4; does nothing where its work is done.
CREATE TABLE IF NOT EXISTS webhook_attempts (
    id          BIGINT       NOT NULL AUTO_INCREMENT,
    provider    VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_id    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    started_at  DATETIME(6)  NOT NULL,
    origin      ENUM ('retry', 'replay') NOT NULL,
    replay_id   BIGINT       NULL COMMENT 'webhook_replays.id, which knows who asked; NULL of a retry',
    outcome     VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'of a retry a word of webhook_deliveries, of a replay one of webhook_replays',
    duration_us BIGINT       NOT NULL,
    node        VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (id),
    -- the attempts of one event, in order
    KEY ix_webhook_attempts_event (provider, event_id, id)
) ENGINE = InnoDB;
