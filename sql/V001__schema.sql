-- The tables of Hooklatch. Runs on MySQL 8.0/8.4 and MariaDB 10.11/11.4.
-- Ids that come from a provider are ASCII and compared byte for byte (ascii_bin). Times are UTC. Money is kept in the
-- currency's minor units; the DECIMAL beside it is for people who read the table.
--
-- MySQL commits each DDL statement by itself. Every statement here and in the later files does nothing when its work is
-- already done, so that a migration which died half-way is simply run again.

-- Which database this is. A cached answer that names another one is not believed.
CREATE TABLE IF NOT EXISTS hooklatch_database (
    singleton   TINYINT     NOT NULL DEFAULT 1,
    database_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'after restoring a backup: UPDATE hooklatch_database SET database_id = UUID()',
    created_at  DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (singleton)
) ENGINE = InnoDB;

INSERT IGNORE INTO hooklatch_database (singleton, database_id) VALUES (1, UUID());

-- One row an event. The unique key decides who may have an event's effect.
CREATE TABLE IF NOT EXISTS webhook_events (
    id              BIGINT       NOT NULL AUTO_INCREMENT,
    provider        VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_id        VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_type      VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    status          ENUM ('failed', 'dead_lettered', 'processed', 'skipped') NOT NULL
        COMMENT 'a claim begins as failed: were it ever committed without a result, it would be tried again',
    result          MEDIUMTEXT   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL
        COMMENT 'the first answer byte for byte; text, because a JSON column may reorder it',
    error           VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    attempts        INT          NOT NULL DEFAULT 0 COMMENT 'runs of the handler',
    order_id        BIGINT       NULL,
    payment_id      VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
    payload         MEDIUMBLOB   NULL COMMENT 'the body byte for byte; NULL once purged',
    payload_sha256  BINARY(32)   NOT NULL,
    other_payload_at DATETIME(6) NULL COMMENT 'when another body last came under this id',
    received_at     DATETIME(6)  NOT NULL,
    processed_at    DATETIME(6)  NULL,
    next_attempt_at DATETIME(6)  NULL COMMENT 'when our own retrier tries a failed event again',
    PRIMARY KEY (id),
    -- the claim, and every look-up of one event
    UNIQUE KEY uk_webhook_events_provider_event_id (provider, event_id),
    -- status answers without a provider
    KEY ix_webhook_events_event_id (event_id),
    -- the retrier's due events
    KEY ix_webhook_events_next_attempt_at (next_attempt_at)
) ENGINE = InnoDB;

-- Bodies already seen, of providers that sign the body but not the event id.
CREATE TABLE IF NOT EXISTS webhook_bodies (
    provider    VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    body_sha256 BINARY(32)   NOT NULL,
    event_id    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (provider, body_sha256)
) ENGINE = InnoDB;

-- One row a delivery, written behind: the tail may be lost in a crash, nothing depends on it.
CREATE TABLE IF NOT EXISTS webhook_deliveries (
    id           BIGINT       NOT NULL AUTO_INCREMENT,
    provider     VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_id     VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    received_at  DATETIME(6)  NOT NULL,
    outcome      VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    http_status  SMALLINT     NOT NULL,
    duration_us  BIGINT       NOT NULL,
    node         VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (id),
    -- the deliveries of one event, in order
    KEY ix_webhook_deliveries_event (provider, event_id, id)
) ENGINE = InnoDB;

-- Deliveries refused before processing; no bodies.
CREATE TABLE IF NOT EXISTS webhook_rejections (
    id             BIGINT       NOT NULL AUTO_INCREMENT,
    provider       VARCHAR(64)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    received_at    DATETIME(6)  NOT NULL,
    cause          VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    http_status    SMALLINT     NOT NULL,
    body_bytes     BIGINT       NULL,
    source_address VARCHAR(45)  CHARACTER SET ascii COLLATE ascii_bin NULL,
    node           VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB;

-- The shop's table; only where it has none is it made here. V002 adds what an existing one lacks.
CREATE TABLE IF NOT EXISTS orders (
    id             BIGINT         NOT NULL AUTO_INCREMENT,
    user_id        BIGINT         NULL,
    total_amount   DECIMAL(22, 3) NULL COMMENT 'major units',
    payment_status ENUM ('PENDING', 'PAID', 'FAILED', 'PARTIALLY_REFUNDED', 'REFUNDED') NULL DEFAULT 'PENDING',
    facts_version  BIGINT         NOT NULL DEFAULT 0 COMMENT 'grows with every event: the events of an order line up here',
    PRIMARY KEY (id)
) ENGINE = InnoDB;

-- No foreign key to orders: it would lock order rows in the wrong place of the transaction.
CREATE TABLE IF NOT EXISTS payments (
    id              BIGINT         NOT NULL AUTO_INCREMENT,
    provider        VARCHAR(32)    CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payment_id      VARCHAR(255)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    order_id        BIGINT         NULL COMMENT 'NULL until an event names it',
    status          ENUM ('pending', 'failed', 'canceled', 'completed') NOT NULL COMMENT 'only climbs, in this order',
    amount_minor    BIGINT         NULL,
    currency        VARCHAR(16)    CHARACTER SET ascii COLLATE ascii_bin NULL,
    amount          DECIMAL(22, 3) NULL,
    waiting         TINYINT        NOT NULL DEFAULT 0 COMMENT '1 when refunds or disputes wait for the order to be known',
    version         BIGINT         NOT NULL DEFAULT 1 COMMENT 'grows with every event that names the payment',
    changed_version BIGINT         NOT NULL DEFAULT 1 COMMENT 'version at which an event last added something',
    created_at      DATETIME(6)    NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (id),
    UNIQUE KEY uk_payments_provider_payment_id (provider, payment_id),
    -- the facts of an order
    KEY ix_payments_order_id (order_id)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS refunds (
    id              BIGINT         NOT NULL AUTO_INCREMENT,
    provider        VARCHAR(32)    CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    refund_id       VARCHAR(255)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'of a row with charge_total_minor: the charge',
    payment_id      VARCHAR(255)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    order_id        BIGINT         NULL COMMENT 'NULL until the payment has one',
    status          ENUM ('pending', 'succeeded', 'failed') NOT NULL COMMENT 'only climbs, in this order',
    amount_minor    BIGINT         NOT NULL,
    currency        VARCHAR(16)    CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    amount          DECIMAL(22, 3) NULL,
    charge_total_minor BIGINT      NULL
        COMMENT 'highest total announced for the charge; the amount is what no refund of its own accounts for',
    version         BIGINT         NOT NULL DEFAULT 1,
    changed_version BIGINT         NOT NULL DEFAULT 1,
    created_at      DATETIME(6)    NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (id),
    UNIQUE KEY uk_refunds_provider_refund_id (provider, refund_id),
    -- the refunds of a payment
    KEY ix_refunds_payment (provider, payment_id),
    -- the refunds of an order
    KEY ix_refunds_order_id (order_id)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS disputes (
    id              BIGINT         NOT NULL AUTO_INCREMENT,
    provider        VARCHAR(32)    CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    dispute_id      VARCHAR(255)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payment_id      VARCHAR(255)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    order_id        BIGINT         NULL COMMENT 'NULL until the payment has one',
    status          ENUM ('open', 'closed') NOT NULL COMMENT 'only climbs',
    outcome         VARCHAR(64)    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'the provider''s status',
    amount_minor    BIGINT         NOT NULL,
    currency        VARCHAR(16)    CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    amount          DECIMAL(22, 3) NULL,
    version         BIGINT         NOT NULL DEFAULT 1,
    changed_version BIGINT         NOT NULL DEFAULT 1,
    created_at      DATETIME(6)    NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (id),
    UNIQUE KEY uk_disputes_provider_dispute_id (provider, dispute_id),
    -- the disputes of a payment
    KEY ix_disputes_payment (provider, payment_id),
    -- the disputes of an order
    KEY ix_disputes_order_id (order_id)
) ENGINE = InnoDB;

-- Other ids that lead to a payment: a Stripe charge, a Razorpay order.
CREATE TABLE IF NOT EXISTS payment_refs (
    provider   VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    ref        VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payment_id VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (provider, ref)
) ENGINE = InnoDB;
