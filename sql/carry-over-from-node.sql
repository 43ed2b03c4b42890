-- Carries the tables of the Node design (webhook_events, payments, refunds) over into those of Hooklatch.
--
--   1. Stop the old service. 2. Make a backup. 3. mariadb (or mysql) … DATABASE < carry-over-from-node.sql
--   4. Read the summary it prints. 5. Start Hooklatch, which makes the remaining tables and completes orders.
--
-- It may be run again at any time: after a failure it goes on where it stopped, and what is carried already is left alone.
-- Until it has come to its end Hooklatch refuses to start. It needs room for a copy of webhook_events.
-- No statement holds a semicolon inside, and none needs DELIMITER: it can be run statement by statement too.
--
-- What is kept: the originals, untouched, as node_webhook_events, node_payments and node_refunds. Drop them when you like.
-- Orders and their payment_status stay as they are.
--
-- What is carried, and what is not (the summary counts it, and it stays in the node_ tables):
--
-- * Events become processed, with their result. Not carried: ids that Hooklatch does not accept (longer than 255, not
--   printable ASCII), events whose provider cannot be told from their body or id, and events without a result (nobody
--   knows that they were done). Should one of those be delivered again it is worked on again, which is safe: payments and
--   refunds count once by their own ids. Of several rows of one event the first with a result stands.
-- * Payments: one for each provider and payment id, with the highest status. A status word nobody knows counts as completed
--   where the order is paid or refunded, else as pending.
-- * The Node design divided every amount by 100, whatever the currency (JPY 500 stands there as 5.00). So amount * 100 is what
--   the provider sent, in minor units of any currency. The currency comes from the row or from the events of the payment.
--   Where neither knows it, it stays NULL in payments, is XXX (ISO 4217: no currency) in refunds, and the readable amount is
--   the Node design's.
-- * Refunds: one for each provider and refund id, with the highest status, from node_refunds and from the bodies of
--   processed refund events, which are exact. The Node design read charge.refunded wrongly: it took the charge for the
--   refund and the charge's whole amount for the amount refunded. Those rows are not believed. The total comes from the
--   event's body (amount_refunded) where that is stored, as the row that Hooklatch itself keeps for a charge: only what no
--   refund of its own accounts for. Where no body is stored nothing is carried: an order must not look more refunded than it
--   was, and the next charge.refunded of the charge states the whole total again. The same goes for rows without a
--   refund id: they cannot be told from their duplicates, and would count twice once the refund is delivered with its id.

CREATE TABLE IF NOT EXISTS hooklatch_carry_over (
    started_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) COMMENT 'while this table exists, the script is not done'
) ENGINE = InnoDB;

SET @hooklatch_time_zone = @@SESSION.time_zone;
SET SESSION time_zone = '+00:00';
SET @hooklatch_sql_mode = @@SESSION.sql_mode;
SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION';

-- The originals under their new names, all in one atomic statement. A table of ours is known by its own columns.
SET @hooklatch_renames = CONCAT_WS(', ',
    IF((SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'webhook_events'
            AND COLUMN_NAME IN ('event_id')) = 1
        AND NOT EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'webhook_events' AND COLUMN_NAME = 'payload_sha256'),
        'webhook_events TO node_webhook_events', NULL),
    IF((SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'payments'
            AND COLUMN_NAME IN ('order_id', 'payment_id', 'amount', 'provider')) = 4
        AND NOT EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'payments' AND COLUMN_NAME = 'amount_minor'),
        'payments TO node_payments', NULL),
    IF((SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'refunds'
            AND COLUMN_NAME IN ('order_id', 'payment_id', 'amount', 'provider')) = 4
        AND NOT EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'refunds' AND COLUMN_NAME = 'amount_minor'),
        'refunds TO node_refunds', NULL));
SET @hooklatch_ddl = IF(@hooklatch_renames = '', 'DO 0', CONCAT('RENAME TABLE ', @hooklatch_renames));
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

-- The tables of V001, word for word: a test holds them together.
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

-- Decimal digits of the currencies that have not two, as each provider counts them.
DROP TABLE IF EXISTS hooklatch_carry_exponents;

CREATE TABLE hooklatch_carry_exponents (
    provider VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    currency VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    exponent INT NOT NULL,
    PRIMARY KEY (provider, currency)
) ENGINE = InnoDB;

INSERT INTO hooklatch_carry_exponents (provider, currency, exponent) VALUES
    ('stripe', 'BIF', 0), ('stripe', 'CLP', 0), ('stripe', 'DJF', 0), ('stripe', 'GNF', 0),
    ('stripe', 'JPY', 0), ('stripe', 'KMF', 0), ('stripe', 'KRW', 0), ('stripe', 'PYG', 0),
    ('stripe', 'RWF', 0), ('stripe', 'VND', 0), ('stripe', 'VUV', 0), ('stripe', 'XAF', 0),
    ('stripe', 'XOF', 0), ('stripe', 'XPF', 0), ('stripe', 'MGA', 0), ('stripe', 'BHD', 3),
    ('stripe', 'JOD', 3), ('stripe', 'KWD', 3), ('stripe', 'OMR', 3), ('stripe', 'TND', 3),
    ('razorpay', 'BIF', 0), ('razorpay', 'CLP', 0), ('razorpay', 'DJF', 0), ('razorpay', 'GNF', 0),
    ('razorpay', 'JPY', 0), ('razorpay', 'KMF', 0), ('razorpay', 'KRW', 0), ('razorpay', 'PYG', 0),
    ('razorpay', 'RWF', 0), ('razorpay', 'VND', 0), ('razorpay', 'VUV', 0), ('razorpay', 'XAF', 0),
    ('razorpay', 'XOF', 0), ('razorpay', 'XPF', 0), ('razorpay', 'ISK', 0), ('razorpay', 'UGX', 0),
    ('razorpay', 'BHD', 3), ('razorpay', 'JOD', 3), ('razorpay', 'KWD', 3), ('razorpay', 'OMR', 3),
    ('razorpay', 'TND', 3), ('razorpay', 'IQD', 3);

-- Events, with what their bodies say about payments and refunds.
DROP TABLE IF EXISTS hooklatch_carry_events;

CREATE TABLE hooklatch_carry_events (
    seq        BIGINT       NOT NULL AUTO_INCREMENT,
    provider   VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    event_id   LONGTEXT     CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    event_type LONGTEXT     CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    payload    LONGTEXT     CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    result     LONGTEXT     CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    done       TINYINT      NOT NULL DEFAULT 1,
    happened_at DATETIME(6) NULL,
    payment_id VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    fact       ENUM ('payment', 'refund', 'charge') NULL,
    fact_id    VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    fact_status ENUM ('pending', 'succeeded', 'failed') NULL,
    amount_minor BIGINT     NULL,
    currency   VARCHAR(16)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    fate       VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NULL,
    PRIMARY KEY (seq),
    KEY (fate, provider),
    KEY (payment_id(191))
) ENGINE = InnoDB;

SET @hooklatch_ddl = IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_webhook_events' AND COLUMN_NAME = 'event_id'), CONCAT(
    'INSERT INTO hooklatch_carry_events (provider, event_id, event_type, payload, result, done, happened_at) SELECT ',
    IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_webhook_events' AND COLUMN_NAME = 'provider'),
        'LOWER(CONVERT(n.provider USING utf8mb4))', 'NULL'),
        ', ',
    'CONVERT(n.event_id USING utf8mb4)',
        ', ',
    IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_webhook_events' AND COLUMN_NAME = 'event_type'),
        'NULLIF(CONVERT(n.event_type USING utf8mb4), '''')', 'NULL'),
        ', ',
    IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_webhook_events' AND COLUMN_NAME = 'event_data'),
        'CONVERT(n.event_data USING utf8mb4)', 'NULL'),
        ', ',
    IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_webhook_events' AND COLUMN_NAME = 'processing_result'),
        'NULLIF(CONVERT(n.processing_result USING utf8mb4), ''null'')', 'NULL'),
        ', ',
    IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_webhook_events' AND COLUMN_NAME = 'processing_result'),
        'COALESCE(CONVERT(n.processing_result USING utf8mb4), ''null'') <> ''null''', '1'),
        ', ',
    CONCAT('COALESCE(',
        IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_webhook_events' AND COLUMN_NAME = 'processed_at'), 'n.processed_at, ', ''),
        IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_webhook_events' AND COLUMN_NAME = 'created_at'), 'n.created_at, ', ''),
        'NOW(6))'),
    ' FROM node_webhook_events n',
    
    IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_webhook_events' AND COLUMN_NAME = 'id'),
        ' ORDER BY n.id', '')),
    'DO 0');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

UPDATE hooklatch_carry_events SET
    provider = CASE
        WHEN provider IN ('stripe', 'razorpay') THEN provider
        WHEN JSON_VALUE(payload, '$.object') IN ('event', 'v2.core.event') AND JSON_VALUE(payload, '$.type') IS NOT NULL
            THEN 'stripe'
        WHEN JSON_VALUE(payload, '$.entity') = 'event' AND JSON_VALUE(payload, '$.event') IS NOT NULL THEN 'razorpay'
        WHEN LEFT(event_id, 4) = 'evt_' THEN 'stripe'
    END,
    event_type = LEFT(COALESCE(event_type, JSON_VALUE(payload, '$.type'), JSON_VALUE(payload, '$.event'), 'unknown'), 255)
WHERE JSON_VALID(payload);

UPDATE hooklatch_carry_events SET
    provider = CASE
        WHEN provider IN ('stripe', 'razorpay') THEN provider
        WHEN LEFT(event_id, 4) = 'evt_' THEN 'stripe'
    END,
    event_type = LEFT(COALESCE(event_type, 'unknown'), 255)
WHERE NOT COALESCE(JSON_VALID(payload), 0);

-- An answer that is no JSON is given as a JSON string.
UPDATE hooklatch_carry_events SET result = JSON_QUOTE(result) WHERE result IS NOT NULL AND NOT JSON_VALID(result);

-- Stripe. A reference is null, an id, or the whole object.
UPDATE hooklatch_carry_events SET
    fact = CASE
        WHEN event_type LIKE 'payment\_intent.%' THEN 'payment'
        WHEN event_type = 'charge.refunded' THEN 'charge'
        WHEN event_type IN ('refund.created', 'refund.updated', 'refund.failed', 'charge.refund.updated') THEN 'refund'
    END,
    fact_id = JSON_VALUE(payload, '$.data.object.id'),
    payment_id = CASE
        WHEN event_type LIKE 'payment\_intent.%' THEN JSON_VALUE(payload, '$.data.object.id')
        WHEN event_type = 'charge.refunded' THEN COALESCE(
            COALESCE(JSON_VALUE(payload, '$.data.object.payment_intent.id'), JSON_VALUE(payload, '$.data.object.payment_intent')), JSON_VALUE(payload, '$.data.object.id'))
        ELSE COALESCE(
            COALESCE(JSON_VALUE(payload, '$.data.object.payment_intent.id'), JSON_VALUE(payload, '$.data.object.payment_intent')),
            COALESCE(JSON_VALUE(payload, '$.data.object.charge.id'), JSON_VALUE(payload, '$.data.object.charge')))
    END,
    fact_status = CASE
        WHEN event_type = 'refund.failed' OR JSON_VALUE(payload, '$.data.object.status') IN ('failed', 'canceled')
            THEN 'failed'
        WHEN JSON_VALUE(payload, '$.data.object.status') = 'succeeded' THEN 'succeeded'
        ELSE 'pending'
    END,
    amount_minor = CASE
        WHEN event_type = 'charge.refunded' THEN
            CASE WHEN JSON_VALUE(payload, '$.data.object.amount_refunded') REGEXP '^[0-9]{1,18}$' THEN CAST(JSON_VALUE(payload, '$.data.object.amount_refunded') AS SIGNED) END
        ELSE
            CASE WHEN JSON_VALUE(payload, '$.data.object.amount') REGEXP '^[0-9]{1,18}$' THEN CAST(JSON_VALUE(payload, '$.data.object.amount') AS SIGNED) END
    END,
    currency = JSON_VALUE(payload, '$.data.object.currency')
WHERE provider = 'stripe' AND JSON_VALID(payload)
  AND JSON_VALUE(payload, '$.data.object.id') IS NOT NULL;

-- Razorpay. refund.created does not say that the money has left.
UPDATE hooklatch_carry_events SET
    fact = IF(event_type LIKE 'refund.%', 'refund', 'payment'),
    fact_id = JSON_VALUE(payload, '$.payload.refund.entity.id'),
    payment_id = COALESCE(
        JSON_VALUE(payload, '$.payload.refund.entity.payment_id'), JSON_VALUE(payload, '$.payload.payment.entity.id')),
    fact_status = CASE event_type WHEN 'refund.processed' THEN 'succeeded' WHEN 'refund.failed' THEN 'failed'
        ELSE 'pending' END,
    amount_minor =
        CASE WHEN JSON_VALUE(payload, '$.payload.refund.entity.amount') REGEXP '^[0-9]{1,18}$' THEN CAST(JSON_VALUE(payload, '$.payload.refund.entity.amount') AS SIGNED) END,
    currency = COALESCE(
        JSON_VALUE(payload, '$.payload.refund.entity.currency'), JSON_VALUE(payload, '$.payload.payment.entity.currency'))
WHERE provider = 'razorpay' AND JSON_VALID(payload);

UPDATE hooklatch_carry_events SET
    currency = IF(currency REGEXP '^[A-Za-z]{3}$', UPPER(currency), NULL),
    payment_id = IF((payment_id IS NOT NULL AND CHAR_LENGTH(payment_id) BETWEEN 1 AND 255 AND payment_id NOT REGEXP '[^!-~]'), payment_id, NULL),
    fact_id = IF((fact_id IS NOT NULL AND CHAR_LENGTH(fact_id) BETWEEN 1 AND 255 AND fact_id NOT REGEXP '[^!-~]'), fact_id, NULL),
    fate = CASE
        WHEN NOT COALESCE((event_id IS NOT NULL AND CHAR_LENGTH(event_id) BETWEEN 1 AND 255 AND event_id NOT REGEXP '[^!-~]'), FALSE) THEN 'invalid id'
        WHEN provider IS NULL THEN 'unknown provider'
        WHEN NOT done THEN 'no result'
        WHEN OCTET_LENGTH(payload) > 16777215 OR OCTET_LENGTH(result) > 16777215 THEN 'too large'
        ELSE 'carried'
    END;

-- The currency that the events name for each payment.
DROP TABLE IF EXISTS hooklatch_carry_currencies;

CREATE TABLE hooklatch_carry_currencies (
    provider   VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payment_id VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    currency   VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (provider, payment_id)
) ENGINE = InnoDB;

INSERT INTO hooklatch_carry_currencies (provider, payment_id, currency)
SELECT provider, payment_id, MIN(currency) FROM hooklatch_carry_events
WHERE fate = 'carried' AND payment_id IS NOT NULL AND currency IS NOT NULL
GROUP BY provider, payment_id;

-- Payments.
DROP TABLE IF EXISTS hooklatch_carry_payments;

CREATE TABLE hooklatch_carry_payments (
    seq        BIGINT       NOT NULL AUTO_INCREMENT,
    provider   VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    payment_id LONGTEXT     CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    order_id   BIGINT       NULL,
    amount_minor BIGINT     NULL,
    currency   VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    word       VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    order_paid TINYINT      NOT NULL,
    happened_at DATETIME(6) NULL,
    status     ENUM ('pending', 'failed', 'canceled', 'completed') NULL,
    fate       VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NULL,
    PRIMARY KEY (seq)
) ENGINE = InnoDB;

-- Without a status column a row says completed: the Node design wrote it for successes only.
SET @hooklatch_ddl = IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_payments' AND COLUMN_NAME = 'payment_id'), CONCAT(
    'INSERT INTO hooklatch_carry_payments (provider, payment_id, order_id, amount_minor, currency, word, order_paid, happened_at) SELECT ',
    'LOWER(CONVERT(n.provider USING utf8mb4))',
        ', ',
    'CONVERT(n.payment_id USING utf8mb4)',
        ', ',
    'CASE WHEN CONVERT(n.order_id USING utf8mb4) REGEXP ''^[1-9][0-9]{0,17}$'' THEN n.order_id END',
        ', ',
    'CASE WHEN n.amount >= 0 THEN ROUND(n.amount * 100) END',
        ', ',
    IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_payments' AND COLUMN_NAME = 'currency'),
        'CONVERT(n.currency USING utf8mb4)', 'NULL'),
        ', ',
    IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_payments' AND COLUMN_NAME = 'status'),
        'LOWER(TRIM(CONVERT(n.status USING utf8mb4)))', '''completed'''),
        ', ',
    IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'payment_status')
        AND EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'id'),
        'EXISTS (SELECT 1 FROM orders o WHERE o.id = n.order_id AND UPPER(o.payment_status) IN (''PAID'', ''REFUNDED'', ''PARTIALLY_REFUNDED''))',
        '0'),
        ', ',
    CONCAT('COALESCE(',
        IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_payments' AND COLUMN_NAME = 'created_at'), 'n.created_at, ', ''),
        'NOW(6))'),
    ' FROM node_payments n',
    
    IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_payments' AND COLUMN_NAME = 'id'),
        ' ORDER BY n.id', '')),
    'DO 0');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

UPDATE hooklatch_carry_payments SET
    currency = IF(currency REGEXP '^[A-Za-z]{3}$', UPPER(currency), NULL),
    status = CASE
        WHEN word IN ('completed', 'complete', 'succeeded', 'success', 'successful', 'paid', 'captured', 'settled',
            'payment_success', 'refunded', 'partially_refunded') THEN 'completed'
        WHEN word IN ('failed', 'failure', 'declined', 'error', 'payment_failed', 'requires_payment_method') THEN 'failed'
        WHEN word IN ('canceled', 'cancelled', 'voided', 'void', 'expired', 'payment_canceled') THEN 'canceled'
        WHEN word IN ('pending', 'created', 'processing', 'authorized', 'requires_action', 'requires_capture') THEN 'pending'
        WHEN order_paid THEN 'completed'
        ELSE 'pending'
    END,
    fate = IF(provider IN ('stripe', 'razorpay')
            AND (payment_id IS NOT NULL AND CHAR_LENGTH(payment_id) BETWEEN 1 AND 255 AND payment_id NOT REGEXP '[^!-~]'), 'carried', 'invalid');

-- Refunds: what node_refunds says, then what the events say.
DROP TABLE IF EXISTS hooklatch_carry_refunds;

CREATE TABLE hooklatch_carry_refunds (
    seq        BIGINT       NOT NULL AUTO_INCREMENT,
    source     ENUM ('table', 'event') NOT NULL DEFAULT 'table',
    provider   VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    payment_id LONGTEXT     CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    refund_id  LONGTEXT     CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    order_id   BIGINT       NULL,
    amount_minor BIGINT     NULL,
    currency   VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    word       VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    happened_at DATETIME(6) NULL,
    status     ENUM ('pending', 'succeeded', 'failed') NULL,
    fate       VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NULL,
    PRIMARY KEY (seq)
) ENGINE = InnoDB;

SET @hooklatch_ddl = IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_refunds' AND COLUMN_NAME = 'payment_id'), CONCAT(
    'INSERT INTO hooklatch_carry_refunds (provider, payment_id, refund_id, order_id, amount_minor, currency, word, happened_at) SELECT ',
    'LOWER(CONVERT(n.provider USING utf8mb4))',
        ', ',
    'CONVERT(n.payment_id USING utf8mb4)',
        ', ',
    IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_refunds' AND COLUMN_NAME = 'refund_id'),
        'CONVERT(n.refund_id USING utf8mb4)', 'NULL'),
        ', ',
    'CASE WHEN CONVERT(n.order_id USING utf8mb4) REGEXP ''^[1-9][0-9]{0,17}$'' THEN n.order_id END',
        ', ',
    'CASE WHEN n.amount >= 0 THEN ROUND(n.amount * 100) END',
        ', ',
    IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_refunds' AND COLUMN_NAME = 'currency'),
        'CONVERT(n.currency USING utf8mb4)', 'NULL'),
        ', ',
    IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_refunds' AND COLUMN_NAME = 'status'),
        'LOWER(TRIM(CONVERT(n.status USING utf8mb4)))', 'NULL'),
        ', ',
    CONCAT('COALESCE(',
        IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_refunds' AND COLUMN_NAME = 'created_at'), 'n.created_at, ', ''),
        'NOW(6))'),
    ' FROM node_refunds n',
    
    IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'node_refunds' AND COLUMN_NAME = 'id'),
        ' ORDER BY n.id', '')),
    'DO 0');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

UPDATE hooklatch_carry_refunds SET
    status = CASE
        WHEN word IN ('failed', 'failure', 'canceled', 'cancelled', 'error', 'refund_failed') THEN 'failed'
        WHEN word IN ('pending', 'created', 'processing', 'requires_action') THEN 'pending'
        ELSE 'succeeded'
    END,
    fate = CASE
        WHEN refund_id IS NULL OR refund_id = '' THEN 'no refund id'
        WHEN refund_id = payment_id OR LEFT(refund_id, 3) IN ('ch_', 'py_', 'pi_') OR LEFT(refund_id, 4) = 'pay_'
            THEN 'charge as refund'
        WHEN provider IN ('stripe', 'razorpay') AND amount_minor IS NOT NULL
            AND (payment_id IS NOT NULL AND CHAR_LENGTH(payment_id) BETWEEN 1 AND 255 AND payment_id NOT REGEXP '[^!-~]')
            AND (refund_id IS NOT NULL AND CHAR_LENGTH(refund_id) BETWEEN 1 AND 255 AND refund_id NOT REGEXP '[^!-~]') THEN 'carried'
        ELSE 'invalid'
    END;

INSERT INTO hooklatch_carry_refunds
    (source, provider, payment_id, refund_id, amount_minor, currency, happened_at, status, fate)
SELECT 'event', provider, payment_id, fact_id, amount_minor, currency, happened_at, fact_status, 'carried'
FROM hooklatch_carry_events
WHERE fate = 'carried' AND fact = 'refund' AND fact_id IS NOT NULL AND payment_id IS NOT NULL
  AND amount_minor IS NOT NULL
ORDER BY seq;

UPDATE hooklatch_carry_refunds SET currency = IF(currency REGEXP '^[A-Za-z]{3}$', UPPER(currency), NULL);

-- Into our tables, all or nothing. What is there already stays as it is.
START TRANSACTION;

INSERT INTO webhook_events (provider, event_id, event_type, status, result, error, attempts, order_id, payment_id,
    payload, payload_sha256, received_at, processed_at)
SELECT e.provider, e.event_id, e.event_type, 'processed', e.result, NULL, 1,
    CASE WHEN COALESCE(JSON_VALUE(e.result, '$.order_id'), JSON_VALUE(e.result, '$.orderId')) REGEXP '^[1-9][0-9]{0,17}$'
        THEN CAST(COALESCE(JSON_VALUE(e.result, '$.order_id'), JSON_VALUE(e.result, '$.orderId')) AS SIGNED) END,
    e.payment_id, e.payload, UNHEX(SHA2(COALESCE(e.payload, ''), 256)), e.happened_at, e.happened_at
FROM (SELECT c.*, ROW_NUMBER() OVER (PARTITION BY provider, event_id ORDER BY result IS NULL, seq) AS place
      FROM hooklatch_carry_events c WHERE fate = 'carried') e
WHERE e.place = 1
ORDER BY e.seq
ON DUPLICATE KEY UPDATE attempts = webhook_events.attempts;

INSERT INTO payments (provider, payment_id, order_id, status, amount_minor, currency, amount, created_at)
SELECT p.provider, p.payment_id, p.order_id, p.status, p.amount_minor, p.currency,
    p.amount_minor / CASE x.exponent WHEN 0 THEN 1 WHEN 3 THEN 1000 ELSE 100 END, p.happened_at
FROM (SELECT c.seq, c.provider, c.payment_id, c.status, c.amount_minor, c.happened_at,
             COALESCE(c.currency, k.currency) AS currency,
             -- The first order that any of its rows names, also where the row that stands names none.
             FIRST_VALUE(c.order_id) OVER (PARTITION BY c.provider, c.payment_id
                 ORDER BY c.order_id IS NULL, c.status DESC, c.seq) AS order_id,
             ROW_NUMBER() OVER (PARTITION BY c.provider, c.payment_id
                 ORDER BY c.status DESC, c.amount_minor IS NULL, c.seq) AS place
      FROM hooklatch_carry_payments c
      LEFT JOIN hooklatch_carry_currencies k ON k.provider = c.provider AND k.payment_id = c.payment_id
      WHERE c.fate = 'carried') p
LEFT JOIN hooklatch_carry_exponents x ON x.provider = p.provider AND x.currency = p.currency
WHERE p.place = 1
ORDER BY p.seq
ON DUPLICATE KEY UPDATE version = payments.version;

-- A refund of a payment that was never recorded: the payment waits for its event, as it does in Hooklatch.
INSERT INTO payments (provider, payment_id, order_id, status, waiting)
SELECT provider, payment_id, MIN(order_id), 'pending', IF(MIN(order_id) IS NULL, 1, 0)
FROM hooklatch_carry_refunds WHERE fate = 'carried' GROUP BY provider, payment_id
ON DUPLICATE KEY UPDATE version = payments.version;

INSERT INTO payments (provider, payment_id, status, waiting)
SELECT DISTINCT provider, payment_id, 'pending', 1 FROM hooklatch_carry_events
WHERE fate = 'carried' AND fact = 'charge' AND payment_id IS NOT NULL AND fact_id IS NOT NULL AND amount_minor IS NOT NULL
ON DUPLICATE KEY UPDATE version = payments.version;

INSERT INTO refunds (provider, refund_id, payment_id, order_id, status, amount_minor, currency, amount, created_at)
SELECT r.provider, r.refund_id, r.payment_id, r.order_id, r.status, r.amount_minor, r.currency,
    r.amount_minor / CASE x.exponent WHEN 0 THEN 1 WHEN 3 THEN 1000 ELSE 100 END, r.happened_at
FROM (SELECT c.seq, c.provider, c.refund_id, c.payment_id, p.order_id, c.status, c.amount_minor, c.happened_at,
             COALESCE(c.currency, p.currency, k.currency, 'XXX') AS currency,
             ROW_NUMBER() OVER (PARTITION BY c.provider, c.refund_id ORDER BY c.status DESC, c.source DESC, c.seq) AS place
      FROM hooklatch_carry_refunds c
      JOIN payments p ON p.provider = c.provider AND p.payment_id = c.payment_id
      LEFT JOIN hooklatch_carry_currencies k ON k.provider = c.provider AND k.payment_id = c.payment_id
      WHERE c.fate = 'carried') r
LEFT JOIN hooklatch_carry_exponents x ON x.provider = r.provider AND x.currency = r.currency
WHERE r.place = 1
ORDER BY r.seq
ON DUPLICATE KEY UPDATE version = refunds.version;

-- What charge.refunded says beyond the refunds of their own: total - failed - succeeded, never below zero.
INSERT INTO refunds (provider, refund_id, payment_id, order_id, status, amount_minor, currency, amount,
    charge_total_minor, created_at)
SELECT r.provider, r.charge_id, r.payment_id, r.order_id, 'succeeded', r.amount_minor, r.currency,
    r.amount_minor / CASE x.exponent WHEN 0 THEN 1 WHEN 3 THEN 1000 ELSE 100 END, r.total, r.happened_at
FROM (SELECT c.provider, c.charge_id, c.payment_id, p.order_id, c.total, c.happened_at,
             COALESCE(c.currency, p.currency, 'XXX') AS currency,
             GREATEST(0, c.total - COALESCE((SELECT SUM(o.amount_minor) FROM refunds o
                 WHERE o.provider = c.provider AND o.payment_id = c.payment_id
                   AND o.charge_total_minor IS NULL AND o.status IN ('succeeded', 'failed')), 0)) AS amount_minor
      FROM (SELECT provider, fact_id AS charge_id, MIN(payment_id) AS payment_id, MAX(amount_minor) AS total,
                   MIN(currency) AS currency, MIN(happened_at) AS happened_at
            FROM hooklatch_carry_events
            WHERE fate = 'carried' AND fact = 'charge' AND payment_id IS NOT NULL AND fact_id IS NOT NULL
              AND amount_minor IS NOT NULL
            GROUP BY provider, fact_id) c
      JOIN payments p ON p.provider = c.provider AND p.payment_id = c.payment_id) r
LEFT JOIN hooklatch_carry_exponents x ON x.provider = r.provider AND x.currency = r.currency
ON DUPLICATE KEY UPDATE version = refunds.version;

UPDATE payments SET waiting = 1
WHERE order_id IS NULL AND waiting = 0
  AND EXISTS (SELECT 1 FROM refunds r WHERE r.provider = payments.provider AND r.payment_id = payments.payment_id);

COMMIT;

-- A charge whose total came from a body is accounted for. Whether a row without a refund id is one of those that were
-- carried, nothing in it tells: a person must look.
UPDATE hooklatch_carry_refunds c
JOIN refunds r ON r.provider = c.provider AND r.payment_id = c.payment_id
SET c.fate = CONCAT(c.fate, ', replaced')
WHERE c.fate = 'charge as refund' AND r.charge_total_minor IS NOT NULL;

SET @hooklatch_events_found = (SELECT COUNT(*) FROM hooklatch_carry_events);
SET @hooklatch_events_carried = (SELECT COUNT(DISTINCT provider, event_id) FROM hooklatch_carry_events WHERE fate = 'carried');
SET @hooklatch_events_duplicate = (SELECT COUNT(*) - COUNT(DISTINCT provider, event_id) FROM hooklatch_carry_events WHERE fate = 'carried');
SET @hooklatch_events_invalid = (SELECT COUNT(*) FROM hooklatch_carry_events WHERE fate = 'invalid id');
SET @hooklatch_events_unknown = (SELECT COUNT(*) FROM hooklatch_carry_events WHERE fate = 'unknown provider');
SET @hooklatch_events_undone = (SELECT COUNT(*) FROM hooklatch_carry_events WHERE fate = 'no result');
SET @hooklatch_events_large = (SELECT COUNT(*) FROM hooklatch_carry_events WHERE fate = 'too large');
SET @hooklatch_payments_found = (SELECT COUNT(*) FROM hooklatch_carry_payments);
SET @hooklatch_payments_carried = (SELECT COUNT(DISTINCT provider, payment_id) FROM hooklatch_carry_payments WHERE fate = 'carried');
SET @hooklatch_payments_duplicate = (SELECT COUNT(*) - COUNT(DISTINCT provider, payment_id) FROM hooklatch_carry_payments WHERE fate = 'carried');
SET @hooklatch_payments_invalid = (SELECT COUNT(*) FROM hooklatch_carry_payments WHERE fate = 'invalid');
SET @hooklatch_payments_torn = (SELECT COUNT(*) FROM (SELECT 1 FROM hooklatch_carry_payments WHERE fate = 'carried' GROUP BY provider, payment_id HAVING COUNT(DISTINCT order_id) > 1) t);
SET @hooklatch_refunds_found = (SELECT COUNT(*) FROM hooklatch_carry_refunds WHERE source = 'table');
SET @hooklatch_refunds_carried = (SELECT COUNT(DISTINCT provider, refund_id) FROM hooklatch_carry_refunds WHERE fate = 'carried');
SET @hooklatch_refunds_replaced = (SELECT COUNT(*) FROM hooklatch_carry_refunds WHERE fate LIKE '%, replaced');
SET @hooklatch_refunds_charge = (SELECT COUNT(*) FROM hooklatch_carry_refunds WHERE fate = 'charge as refund');
SET @hooklatch_refunds_unnamed = (SELECT COUNT(*) FROM hooklatch_carry_refunds WHERE fate = 'no refund id');
SET @hooklatch_refunds_invalid = (SELECT COUNT(*) FROM hooklatch_carry_refunds WHERE fate = 'invalid');

DROP TABLE IF EXISTS hooklatch_carry_events, hooklatch_carry_payments, hooklatch_carry_refunds, hooklatch_carry_currencies,
    hooklatch_carry_exponents;
SET SESSION time_zone = @hooklatch_time_zone;
SET SESSION sql_mode = @hooklatch_sql_mode;
-- From here on Hooklatch may start.
DROP TABLE hooklatch_carry_over;

SELECT 'rows in node_webhook_events' AS what, @hooklatch_events_found AS number
UNION ALL SELECT 'events carried as processed', @hooklatch_events_carried
UNION ALL SELECT 'event rows left out: duplicates', @hooklatch_events_duplicate
UNION ALL SELECT 'event rows left out: id not acceptable', @hooklatch_events_invalid
UNION ALL SELECT 'event rows left out: provider unknown', @hooklatch_events_unknown
UNION ALL SELECT 'event rows left out: no result', @hooklatch_events_undone
UNION ALL SELECT 'event rows left out: over 16 MB', @hooklatch_events_large
UNION ALL SELECT 'rows in node_payments', @hooklatch_payments_found
UNION ALL SELECT 'payments carried', @hooklatch_payments_carried
UNION ALL SELECT 'payment rows left out: duplicates', @hooklatch_payments_duplicate
UNION ALL SELECT 'payment rows left out: provider or id not acceptable', @hooklatch_payments_invalid
UNION ALL SELECT 'payments whose rows name several orders: the first stands', @hooklatch_payments_torn
UNION ALL SELECT 'rows in node_refunds', @hooklatch_refunds_found
UNION ALL SELECT 'refunds carried, from rows and from events', @hooklatch_refunds_carried
UNION ALL SELECT 'refund rows replaced by what the events say', @hooklatch_refunds_replaced
UNION ALL SELECT 'refund rows left out: a charge for a refund, true total unknown, LOOK AT THESE', @hooklatch_refunds_charge
UNION ALL SELECT 'refund rows left out: no refund id, LOOK AT THESE', @hooklatch_refunds_unnamed
UNION ALL SELECT 'refund rows left out: provider, id or amount not acceptable', @hooklatch_refunds_invalid;
