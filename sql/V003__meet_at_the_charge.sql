-- A refund or dispute that names only a charge is kept before any payment has announced that charge: the row of the
-- charge is where they meet. And a refund keeps what was announced beside what counts, since one of another currency than
-- its payment's counts for nothing, whichever of the two came first.

SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'payment_refs' AND COLUMN_NAME = 'version'),
    'DO 0',
    'ALTER TABLE payment_refs
        MODIFY COLUMN payment_id VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL
            COMMENT ''NULL until a payment announces the reference'',
        ADD COLUMN version BIGINT NOT NULL DEFAULT 1
            COMMENT ''grows with every refund or dispute that names only this reference''');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'refunds' AND COLUMN_NAME = 'announced_minor'),
    'DO 0',
    'ALTER TABLE refunds ADD COLUMN announced_minor BIGINT NULL
        COMMENT ''what was announced for a refund of its own id; the amount is 0 where its currency is not that of the payment''');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;
