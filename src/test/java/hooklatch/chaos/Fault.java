package hooklatch.chaos;

/** What can happen. Each kind is drawn for one phase of a plan. */
enum Fault {
    NONE("no fault", "nothing, to compare with"),
    KILL_AT_RANDOM("node killed", "kill -9 at a random moment"),
    KILL_BEFORE_CLAIM("node killed before the claim", "kill -9 when the claim is on its way to MySQL"),
    KILL_AFTER_EFFECT("node killed after the effect", "halt of the JVM in a handler that has written"),
    KILL_BEFORE_COMMIT("node killed before the commit", "kill -9 when the COMMIT is on its way to MySQL"),
    KILL_AFTER_COMMIT("node killed after the commit", "kill -9 when MySQL's answer to COMMIT is on its way back"),
    KILL_BEFORE_ANSWER("node killed before the answer", "kill -9 when a 200 is on its way to the provider"),
    KILL_ALL("all nodes killed", "kill -9 of both at the same moment"),
    PAUSE_NODE("node paused", "SIGSTOP, later SIGCONT"),
    COMMIT_UNCONFIRMED("outcome of a commit unknown", "connection cut when the answer to COMMIT is on its way back"),
    MYSQL_CUT("MySQL cut off", "connections reset and refused"),
    MYSQL_SLOW("MySQL slow", "each packet delayed, both ways"),
    MYSQL_HANG("MySQL hangs", "packets held back, then delivered late"),
    MYSQL_CUT_OF_ONE("MySQL cut off from one node", "one node's connections reset and refused"),
    MYSQL_SLOW_OF_ONE("MySQL slow for one node", "one node's packets delayed, both ways"),
    MYSQL_HANG_OF_ONE("MySQL hangs for one node", "one node's packets held back, then delivered late"),
    MARIADB_RESTART("MariaDB restarted", "orderly stop, start"),
    MARIADB_KILLED("MariaDB killed", "kill -9, start with crash recovery"),
    REDIS_CUT("Redis cut off", "connections reset and refused"),
    REDIS_SLOW("Redis slow", "each packet delayed, both ways"),
    REDIS_HANG("Redis hangs", "packets held back, then delivered late"),
    REDIS_CUT_OF_ONE("Redis cut off from one node", "one node's connections reset and refused"),
    REDIS_SLOW_OF_ONE("Redis slow for one node", "one node's packets delayed, both ways"),
    REDIS_HANG_OF_ONE("Redis hangs for one node", "one node's packets held back, then delivered late"),
    REDIS_FLUSH("Redis emptied", "FLUSHALL, several times"),
    REDIS_RESTART("Redis restarted", "kill -9, start without data"),
    CLOCK_STEP("clock steps", "first attempts signed 6 min to 1 h in the past or future"),
    ORDERS_LATE("orders late", "events of orders that are written only later");

    private final String title;
    private final String injected;

    Fault(String title, String injected) {
        this.title = title;
        this.injected = injected;
    }

    String title() {
        return title;
    }

    String injected() {
        return injected;
    }

    /** Whether a node's process ends. */
    boolean isKill() {
        return switch (this) {
            case KILL_AT_RANDOM,
                    KILL_BEFORE_CLAIM,
                    KILL_AFTER_EFFECT,
                    KILL_BEFORE_COMMIT,
                    KILL_AFTER_COMMIT,
                    KILL_BEFORE_ANSWER,
                    KILL_ALL -> true;
            default -> false;
        };
    }

    /** Whether it is about one node, which must run. */
    boolean isOfOneNode() {
        return isPartition() || (isKill() && this != KILL_ALL) || this == PAUSE_NODE || this == COMMIT_UNCONFIRMED;
    }

    /** Whether one node does not see what the other sees. Both must run, and both get every event at the same moment. */
    boolean isPartition() {
        return switch (this) {
            case MYSQL_CUT_OF_ONE,
                    MYSQL_SLOW_OF_ONE,
                    MYSQL_HANG_OF_ONE,
                    REDIS_CUT_OF_ONE,
                    REDIS_SLOW_OF_ONE,
                    REDIS_HANG_OF_ONE -> true;
            default -> false;
        };
    }

    /** Whether it is done by the proxies on a way, and is nothing but that. */
    boolean isOn(Way way) {
        return switch (this) {
            case MYSQL_CUT, MYSQL_SLOW, MYSQL_HANG, MYSQL_CUT_OF_ONE, MYSQL_SLOW_OF_ONE, MYSQL_HANG_OF_ONE ->
                way == Way.TO_MYSQL;
            case REDIS_CUT, REDIS_SLOW, REDIS_HANG, REDIS_CUT_OF_ONE, REDIS_SLOW_OF_ONE, REDIS_HANG_OF_ONE ->
                way == Way.TO_REDIS;
            default -> false;
        };
    }

    /** Whether one node locks in Redis and the other cannot: only MySQL keeps them apart. */
    boolean leavesOneWithoutRedis() {
        return this == REDIS_CUT_OF_ONE || this == REDIS_HANG_OF_ONE;
    }

    /** Whether MySQL or Redis is there and does not answer, or late: then deadlines of the nodes' own must hold. */
    boolean isSlowServer() {
        return switch (this) {
            case MYSQL_SLOW, MYSQL_HANG, REDIS_SLOW, REDIS_HANG, MYSQL_CUT, REDIS_CUT -> true;
            default -> isPartition();
        };
    }
}
