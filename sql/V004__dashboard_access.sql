-- Who may see the dashboard, who is signed in, and what was done there. Runs on MySQL 8.0/8.4 and MariaDB 10.11/11.4, and
-- does nothing when its work is already done. Nothing here is touched by a delivery.

CREATE TABLE IF NOT EXISTS dashboard_users (
    id                  BIGINT       NOT NULL AUTO_INCREMENT,
    username            VARCHAR(64)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'in lower case',
    password_hash       VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'bcrypt',
    role                ENUM ('viewer', 'operator', 'admin') NOT NULL,
    disabled_at         DATETIME(6)  NULL,
    created_at          DATETIME(6)  NOT NULL,
    password_changed_at DATETIME(6)  NOT NULL,
    signed_in_at        DATETIME(6)  NULL COMMENT 'when last',
    PRIMARY KEY (id),
    -- sign-in
    UNIQUE KEY uk_dashboard_users_username (username)
) ENGINE = InnoDB;

-- One row a browser that is signed in. The token itself is only in the browser's cookie.
CREATE TABLE IF NOT EXISTS dashboard_sessions (
    token_sha256 BINARY(32)  NOT NULL,
    user_id      BIGINT      NOT NULL,
    csrf_secret  BINARY(32)  NOT NULL,
    created_at   DATETIME(6) NOT NULL,
    seen_at      DATETIME(6) NOT NULL COMMENT 'to the minute',
    expires_at   DATETIME(6) NOT NULL COMMENT 'whatever happens',
    -- every request for a page
    PRIMARY KEY (token_sha256),
    -- sign-out everywhere, the page of users
    KEY ix_dashboard_sessions_user_id (user_id),
    -- the purge
    KEY ix_dashboard_sessions_expires_at (expires_at)
) ENGINE = InnoDB;

-- Failed sign-ins by what they have in common, so that all nodes slow them down together.
CREATE TABLE IF NOT EXISTS dashboard_sign_in_failures (
    scope          ENUM ('address', 'known', 'user') NOT NULL COMMENT 'known: a user at an address of his own',
    subject_sha256 BINARY(32)  NOT NULL,
    failures       INT         NOT NULL,
    failed_at      DATETIME(6) NOT NULL COMMENT 'when last',
    blocked_until  DATETIME(6) NOT NULL,
    PRIMARY KEY (scope, subject_sha256),
    -- the purge
    KEY ix_dashboard_sign_in_failures_failed_at (failed_at)
) ENGINE = InnoDB;

-- Addresses at which a user has signed in: somebody who guesses from elsewhere does not slow him down there.
CREATE TABLE IF NOT EXISTS dashboard_known_addresses (
    user_id        BIGINT      NOT NULL,
    address_sha256 BINARY(32)  NOT NULL,
    signed_in_at   DATETIME(6) NOT NULL COMMENT 'when last',
    PRIMARY KEY (user_id, address_sha256),
    -- the purge
    KEY ix_dashboard_known_addresses_signed_in_at (signed_in_at)
) ENGINE = InnoDB;

-- Who did what, when and why. Only ever appended to; never purged.
CREATE TABLE IF NOT EXISTS audit_log (
    id             BIGINT        NOT NULL AUTO_INCREMENT,
    at             DATETIME(6)   NOT NULL,
    username       VARCHAR(64)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'as it was then; NULL = Hooklatch itself',
    role           VARCHAR(16)   CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'as it was then',
    action         VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    target         VARCHAR(300)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'what it was done to',
    reason         VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'in the words of who did it',
    details        TEXT          CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'a JSON object',
    source_address VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NULL,
    node           VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (id),
    -- the page, newest first, without a filter, by user, by action, by target
    KEY ix_audit_log_at (at, id),
    KEY ix_audit_log_username (username, at, id),
    KEY ix_audit_log_action (action, at, id),
    KEY ix_audit_log_target (target, at, id)
) ENGINE = InnoDB;
