-- Who changes the set of users changes this number first. On a cluster of several masters a row that is only locked is
-- locked on one server; one that was changed on two is refused on one of them. Otherwise the last two admins could take each
-- other's role at once.
SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'hooklatch_database' AND COLUMN_NAME = 'users_version'),
    'DO 0',
    'ALTER TABLE hooklatch_database ADD COLUMN users_version BIGINT NOT NULL DEFAULT 0');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;
