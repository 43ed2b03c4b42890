-- Since when an event is a dead letter: it is tried again for three days from then, however late that was. Both servers add
-- such a column without touching a row. Of letters that died before it, their age tells, as until now.
-- Runs on MySQL 8.0/8.4 and MariaDB 10.11/11.4; does nothing where its work is done.
SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'webhook_events' AND COLUMN_NAME = 'dead_lettered_at'),
    'DO 0',
    'ALTER TABLE webhook_events ADD COLUMN dead_lettered_at DATETIME(6) NULL COMMENT ''when it was given up; stays when it is processed after all''');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;
