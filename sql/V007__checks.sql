-- What the invariant checks found, so that every node shows the last run, whichever node ran it.

-- One row a finished run. Kept while it is among the newest.
CREATE TABLE IF NOT EXISTS hooklatch_check_runs (
    id               BIGINT       NOT NULL AUTO_INCREMENT,
    node             VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    started_at       DATETIME(6)  NOT NULL,
    finished_at      DATETIME(6)  NOT NULL,
    violations       BIGINT       NOT NULL,
    notices          BIGINT       NOT NULL,
    events_seen      BIGINT       NOT NULL,
    orders_seen      BIGINT       NOT NULL,
    facts_seen       BIGINT       NOT NULL COMMENT 'payments, refunds and disputes',
    forgotten_before DATETIME(6)  NULL
        COMMENT 'events finished before this may have been forgotten (RETENTION_DAYS): facts as old need none',
    PRIMARY KEY (id)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS hooklatch_check_counts (
    run_id     BIGINT      NOT NULL,
    check_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    found      BIGINT      NOT NULL,
    PRIMARY KEY (run_id, check_name)
) ENGINE = InnoDB;

-- The first findings of each check of a run; hooklatch_check_counts has the whole number.
CREATE TABLE IF NOT EXISTS hooklatch_check_findings (
    run_id     BIGINT        NOT NULL,
    check_name VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    position   INT           NOT NULL,
    provider   VARCHAR(32)   CHARACTER SET ascii COLLATE ascii_bin NULL,
    event_id   VARCHAR(255)  CHARACTER SET ascii COLLATE ascii_bin NULL,
    order_id   BIGINT        NULL,
    payment_id VARCHAR(255)  CHARACTER SET ascii COLLATE ascii_bin NULL,
    fact_id    VARCHAR(255)  CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'a refund, charge or dispute',
    detail     VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (run_id, check_name, position)
) ENGINE = InnoDB;

-- Of all nodes one checks. Who dies while it does loses its turn when the time is over.
CREATE TABLE IF NOT EXISTS hooklatch_check_turn (
    singleton  TINYINT      NOT NULL DEFAULT 1,
    holder     VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
    started_at DATETIME(6)  NOT NULL DEFAULT '2000-01-01 00:00:00.000000',
    held_until DATETIME(6)  NOT NULL DEFAULT '2000-01-01 00:00:00.000000',
    PRIMARY KEY (singleton)
) ENGINE = InnoDB;

INSERT IGNORE INTO hooklatch_check_turn (singleton) VALUES (1);

-- The charges of a payment: what came before the payment was known named only them. For the checks and the order's page.
SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.STATISTICS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'payment_refs' AND INDEX_NAME = 'ix_payment_refs_payment'),
    'DO 0',
    'CREATE INDEX ix_payment_refs_payment ON payment_refs (provider, payment_id)');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;
