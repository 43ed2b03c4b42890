-- A shop's own orders table gets what it lacks. Its id, its data and the order of its columns and ENUM values stay.
--
-- There is no ADD COLUMN IF NOT EXISTS that MySQL and MariaDB share, so each change is composed from information_schema
-- and is DO 0 where there is nothing to do. New columns and new ENUM values go to the end, so that neither server has to
-- copy the table. What cannot be adopted (a view, another engine, an id that is no integer) is refused by dao.Schema
-- before anything is changed.

SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'user_id'),
    'DO 0',
    'ALTER TABLE orders ADD COLUMN user_id BIGINT NULL');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'total_amount'),
    'DO 0',
    'ALTER TABLE orders ADD COLUMN total_amount DECIMAL(22, 3) NULL COMMENT ''major units''');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'payment_status'),
    'DO 0',
    'ALTER TABLE orders ADD COLUMN payment_status ENUM (''PENDING'', ''PAID'', ''FAILED'', ''PARTIALLY_REFUNDED'', ''REFUNDED'') NULL DEFAULT ''PENDING''');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'facts_version'),
    'DO 0',
    'ALTER TABLE orders ADD COLUMN facts_version BIGINT NOT NULL DEFAULT 0 COMMENT ''grows with every event: the events of an order line up here''');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

-- payment_status: the values that are not there yet, in a string type room for the longest (18 characters). MODIFY drops
-- what it does not repeat, hence the character set, the nullability, the default and the comment. Where the collation
-- ignores case, paid is PAID already and a second one would be refused as a duplicate.
--
-- COLUMN_DEFAULT is an expression on MariaDB (a quoted string, or the word NULL) and a bare value on MySQL, which says
-- DEFAULT_GENERATED where it is an expression there too.
SET @hooklatch_ddl = COALESCE(
    (SELECT CONCAT(
            'ALTER TABLE orders MODIFY COLUMN payment_status ', d.new_type,
            ' CHARACTER SET ', d.CHARACTER_SET_NAME, ' COLLATE ', d.COLLATION_NAME,
            IF(d.IS_NULLABLE = 'YES', ' NULL', ' NOT NULL'),
            CASE
                WHEN d.COLUMN_DEFAULT IS NULL THEN IF(d.IS_NULLABLE = 'YES', ' DEFAULT NULL', '')
                WHEN VERSION() LIKE '%MariaDB%' THEN CONCAT(' DEFAULT ', d.COLUMN_DEFAULT)
                WHEN d.EXTRA LIKE '%DEFAULT_GENERATED%'
                    THEN CONCAT(' DEFAULT (', REPLACE(d.COLUMN_DEFAULT, '\\''', ''''), ')')
                ELSE CONCAT(' DEFAULT ', QUOTE(d.COLUMN_DEFAULT))
            END,
            IF(d.COLUMN_COMMENT = '', '', CONCAT(' COMMENT ', QUOTE(d.COLUMN_COMMENT))))
     FROM (SELECT c.*,
                  CASE
                      WHEN c.DATA_TYPE = 'enum' AND c.missing <> ''
                          THEN CONCAT(LEFT(c.COLUMN_TYPE, CHAR_LENGTH(c.COLUMN_TYPE) - 1), c.missing, ')')
                      WHEN c.DATA_TYPE IN ('char', 'varchar') AND c.CHARACTER_MAXIMUM_LENGTH < 18
                          THEN CONCAT(c.DATA_TYPE, '(18)')
                  END AS new_type
           FROM (SELECT c.*, CONCAT(
            IF(LOCATE('''PENDING''', c.known) > 0, '', ',''PENDING'''),
            IF(LOCATE('''PAID''', c.known) > 0, '', ',''PAID'''),
            IF(LOCATE('''FAILED''', c.known) > 0, '', ',''FAILED'''),
            IF(LOCATE('''PARTIALLY_REFUNDED''', c.known) > 0, '', ',''PARTIALLY_REFUNDED'''),
            IF(LOCATE('''REFUNDED''', c.known) > 0, '', ',''REFUNDED''')) AS missing
                 FROM (SELECT DATA_TYPE, COLUMN_TYPE, CHARACTER_MAXIMUM_LENGTH, CHARACTER_SET_NAME, COLLATION_NAME,
                              IS_NULLABLE, COLUMN_DEFAULT, COLUMN_COMMENT, EXTRA,
                              CAST(IF(COLLATION_NAME LIKE '%\_ci', UPPER(COLUMN_TYPE), COLUMN_TYPE) AS BINARY) AS known
                       FROM information_schema.COLUMNS
                       WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'orders'
                         AND COLUMN_NAME = 'payment_status') c) c) d
     WHERE d.new_type IS NOT NULL),
    'DO 0');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;
