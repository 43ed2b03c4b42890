-- How far the purge has come, so that neither a restart nor another node begins anew, and whose turn it is.
-- Runs on MySQL 8.0/8.4 and MariaDB 10.11/11.4.

CREATE TABLE IF NOT EXISTS hooklatch_retention_walks (
    walk      VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'what is forgotten on it',
    after_row BIGINT      NOT NULL COMMENT 'rows up to this one were old, and have been dealt with',
    PRIMARY KEY (walk)
) ENGINE = InnoDB;

-- Events that were old but not done when a walk came by, or in the hands of a delivery. Looked at again until they are gone.
CREATE TABLE IF NOT EXISTS hooklatch_retention_left (
    walk      VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_row BIGINT      NOT NULL COMMENT 'webhook_events.id',
    PRIMARY KEY (walk, event_row)
) ENGINE = InnoDB;

-- Of all nodes one forgets. Who dies while it does loses its turn when the time is over.
CREATE TABLE IF NOT EXISTS hooklatch_retention_turn (
    singleton  TINYINT      NOT NULL DEFAULT 1,
    holder     VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
    started_at DATETIME(6)  NOT NULL DEFAULT '2000-01-01 00:00:00.000000',
    held_until DATETIME(6)  NOT NULL DEFAULT '2000-01-01 00:00:00.000000',
    PRIMARY KEY (singleton)
) ENGINE = InnoDB;

INSERT IGNORE INTO hooklatch_retention_turn (singleton) VALUES (1);
