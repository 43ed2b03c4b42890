-- What the pages of events look for. Each index costs every delivery, so each names the page that needs it; none is there
-- for what a bounded walk along another one finds as well (a provider, duplicates, rejections).
--
-- Both servers build an index beside the traffic. There is no CREATE INDEX IF NOT EXISTS that both know, so each is composed
-- from information_schema and is DO 0 where there is nothing to do.

-- The list of all events (four ordered ranges, merged), a status, the capped counts, and any mixture of filters: what is
-- left to decide is decided inside the index.
SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.STATISTICS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'webhook_events' AND INDEX_NAME = 'ix_webhook_events_status'),
    'DO 0',
    'CREATE INDEX ix_webhook_events_status ON webhook_events (status, received_at, id, provider, event_type)');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

-- A type, which may be rare among millions; and the list of types, by jumping from one to the next.
SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.STATISTICS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'webhook_events' AND INDEX_NAME = 'ix_webhook_events_event_type'),
    'DO 0',
    'CREATE INDEX ix_webhook_events_event_type ON webhook_events (event_type, received_at, id, provider)');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

-- The events of an order, refused ones too.
SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.STATISTICS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'webhook_events' AND INDEX_NAME = 'ix_webhook_events_order_id'),
    'DO 0',
    'CREATE INDEX ix_webhook_events_order_id ON webhook_events (order_id, received_at, id)');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;

-- The events of a payment, and of its refunds and disputes.
SET @hooklatch_ddl = IF(
    EXISTS (SELECT 1 FROM information_schema.STATISTICS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'webhook_events' AND INDEX_NAME = 'ix_webhook_events_payment_id'),
    'DO 0',
    'CREATE INDEX ix_webhook_events_payment_id ON webhook_events (payment_id, received_at, id)');
PREPARE hooklatch_ddl FROM @hooklatch_ddl;
EXECUTE hooklatch_ddl;
DEALLOCATE PREPARE hooklatch_ddl;
