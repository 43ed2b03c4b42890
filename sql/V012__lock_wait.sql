-- How long each delivery waited for its event's lock: the page of an event shows it. Written behind with the rest of the row.
-- Both servers add such a column without touching a row, and nodes of the version before go on writing rows without it.
-- Runs on MySQL 8.0/8.4 and MariaDB 10.11/11.4; does nothing where its work is done.
SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'webhook_deliveries' AND COLUMN_NAME = 'lock_wait_ms'),
    'DO 0',
    'ALTER TABLE webhook_deliveries ADD COLUMN lock_wait_ms INT NULL COMMENT ''for the event''''s lock, or for the request of this node that had it; NULL = neither was needed, or older than the column''');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;
