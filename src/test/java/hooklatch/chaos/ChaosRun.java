package hooklatch.chaos;

import hooklatch.chaos.FaultPlan.Phase;
import hooklatch.testing.FaultyProxy;
import hooklatch.testing.FaultyProxy.Harm;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Carries out a plan: in each phase the provider tells of new orders, and the fault happens among its deliveries. Phases
 * overlap: what failed in one is sent again in the next ones, and a killed node starts again meanwhile. For one thread.
 */
final class ChaosRun implements AutoCloseable {

    private static final Duration POINT_WITHIN = Duration.ofSeconds(30);
    private static final String NEVER = "it never came to its point";
    private static final String LOST = "answers lost";
    private static final String KEYS = "keys lost";

    private final Cluster cluster;
    private final FaultPlan plan;
    private final Instant ends;
    private final ProviderClient client;
    private final Stories stories;
    private final Map<ToldEvent, Integer> told = new LinkedHashMap<>();
    private final List<Phase> done = new ArrayList<>();
    private final List<Sides> partitions = new ArrayList<>();
    private final List<Death> deaths = new ArrayList<>();
    private final Evidence evidence = new Evidence();
    private long nextOrder;

    /** A process that a fault ended; at is a moment of {@link System#nanoTime}, the last one at which it surely lived. */
    private record Death(Fault fault, Node node, long at) {}

    /**
     * @param firstOrder id of the first order of this run; those after it must be free
     * @param ends no phase begins later, but the first of its kind
     */
    ChaosRun(Cluster cluster, FaultPlan plan, long firstOrder, Instant ends) {
        this.cluster = cluster;
        this.plan = plan;
        this.ends = ends;
        nextOrder = firstOrder;
        client = new ProviderClient(cluster.nodes());
        stories = new Stories(new Random(plan.seed()), InstantSource.system());
    }

    /**
     * Runs all phases.
     *
     * @param afterEach is told of each phase that is over
     */
    void run(Consumer<Phase> afterEach) throws SQLException, InterruptedException {
        Set<Fault> owed = EnumSet.noneOf(Fault.class);
        plan.phases().forEach(phase -> owed.add(phase.fault()));
        for (Phase phase : plan.phases()) {
            if (owed.isEmpty() && Instant.now().isAfter(ends)) {
                break;
            }
            owed.remove(phase.fault());
            Node node = cluster.nodes().get(phase.node());
            if (phase.fault().isKill()) {
                // Never one while the other starts: what MySQL and Redis do next shall meet one that works.
                cluster.nodes().forEach(Node::awaitServing);
            } else if (phase.fault().isPartition()) {
                // What one of them lacks, both shall have had.
                cluster.nodes().forEach(Node::awaitServing);
                cluster.nodes().forEach(Node::awaitRedis);
            } else {
                if (phase.fault().isOfOneNode()) {
                    node.awaitServing();
                }
                // A node that still misses what the last fault took cannot show that this one struck. One that is being
                // started may meet it or not.
                serving().forEach(Node::awaitServing);
                serving().forEach(Node::awaitRedis);
            }
            client.phase(done.size());
            Random random = new Random(phase.seed());
            long firstOrder = nextOrder;
            nextOrder += plan.ordersPerPhase();
            if (phase.fault() != Fault.ORDERS_LATE) {
                placeOrders(firstOrder);
            }
            for (long order = firstOrder; order < nextOrder; order++) {
                tell(stories.of(order), phase, random);
            }
            done.add(phase);
            List<Node> served = serving();
            Map<FaultyProxy, Harm> before = harm();
            inject(phase, node, random, firstOrder);
            lookAtWays(phase, served, before);
            afterEach.accept(phase);
        }
        cluster.nodes().forEach(Node::awaitServing);
        lookAtAnswers();
    }

    private List<Node> serving() {
        return cluster.nodes().stream().filter(Node::serves).toList();
    }

    private Map<FaultyProxy, Harm> harm() {
        Map<FaultyProxy, Harm> harm = new HashMap<>();
        for (Node node : cluster.nodes()) {
            for (Way way : Way.values()) {
                harm.put(node.proxy(way), node.proxy(way).harm());
            }
        }
        return harm;
    }

    /** The proxies that were told to do harm have done it, and no other has. */
    private void lookAtWays(Phase phase, List<Node> served, Map<FaultyProxy, Harm> before) {
        Fault fault = phase.fault();
        for (Node node : cluster.nodes()) {
            boolean isStruck = !fault.isPartition() || node == cluster.nodes().get(phase.node());
            for (Way way : Way.values()) {
                FaultyProxy proxy = node.proxy(way);
                Harm harm = proxy.harm().since(Objects.requireNonNull(before.get(proxy)));
                String where = node.name() + "'s " + way.title();
                if (!fault.isOn(way) || !isStruck) {
                    if (!harm.isNone()) {
                        evidence.miss(fault, where, "nothing was to happen there, but " + harm);
                    }
                    continue;
                }
                evidence.note(fault, "pieces held", harm.held());
                evidence.note(fault, "pieces delayed", harm.delayed());
                evidence.note(fault, "connections reset", harm.reset());
                evidence.note(fault, "connections refused", harm.refused());
                // One that is being started may not have come to its connections yet.
                if (harm.isNone() && served.contains(node)) {
                    evidence.miss(fault, where, "nothing was held, delayed, reset or refused");
                }
            }
        }
    }

    /** What only answers tell, when those of the phases are there. */
    private void lookAtAnswers() {
        List<Delivery> deliveries = client.deliveries();
        for (Death death : deaths) {
            List<Delivery> unanswered = deliveries.stream()
                    .filter(delivery -> delivery.status() == 0)
                    .filter(delivery -> delivery.node().equals(death.node().name()))
                    .toList();
            long lost = unanswered.stream()
                    .filter(delivery -> delivery.meets(death.at()))
                    .count();
            switch (death.fault()) {
                // What was in work at one look may be answered in the moment before the kill.
                case KILL_AT_RANDOM, KILL_ALL -> evidence.note(death.fault(), LOST, lost);
                // It ended by itself in a handler, which is the evidence, at the moment when the first one broke off.
                case KILL_AFTER_EFFECT -> evidence.note(death.fault(), LOST, brokeOffFirst(unanswered, death.at()));
                default -> evidence.demand(death.fault(), death.node().name(), LOST, lost);
            }
        }
        for (int phase = 0; phase < done.size(); phase++) {
            Fault fault = done.get(phase).fault();
            if (fault == Fault.CLOCK_STEP) {
                evidence.demand(fault, "", "deliveries refused for the time", answers(deliveries, phase, 401));
            } else if (fault == Fault.ORDERS_LATE) {
                evidence.demand(fault, "", "deliveries of unknown orders refused", answers(deliveries, phase, 500));
            }
        }
    }

    /** How many broke off when the first one after a moment did. */
    private static long brokeOffFirst(List<Delivery> unanswered, long after) {
        return unanswered.stream()
                .map(Delivery::endedAt)
                .filter(ended -> ended - after > 0)
                .min((one, other) -> Long.signum(one - other))
                .map(first -> unanswered.stream()
                        .filter(delivery -> delivery.meets(first))
                        .count())
                .orElse(0L);
    }

    /** To events that were told first in a phase. */
    private long answers(List<Delivery> deliveries, int phase, int status) {
        return deliveries.stream()
                .filter(delivery -> delivery.status() == status)
                .filter(delivery -> Integer.valueOf(phase).equals(told.get(delivery.event())))
                .count();
    }

    /** In any order, every fifth more than once, also at the same moment. */
    private void tell(List<ToldEvent> events, Phase phase, Random random) {
        for (ToldEvent event : events) {
            told.put(event, done.size());
            Duration after = within(phase.lasts(), random);
            boolean wrongClock = phase.fault() == Fault.CLOCK_STEP && isTimed(event);
            long off = wrongClock ? (360 + random.nextInt(3_240)) * (random.nextBoolean() ? 1L : -1L) : 0;
            if (phase.fault().isPartition()) {
                client.tellEachNode(event, after);
            } else {
                client.tell(event, after, Duration.ofSeconds(off));
            }
            for (int copies = random.nextInt(5) == 0 ? 1 + random.nextInt(3) : 0; copies > 0; copies--) {
                boolean atOnce = random.nextBoolean();
                client.tell(event, atOnce ? after : within(phase.lasts(), random), Duration.ofSeconds(off));
            }
        }
    }

    /** Razorpay signs no time. */
    private static boolean isTimed(ToldEvent event) {
        return switch (event.provider()) {
            case STRIPE, STANDARD -> true;
            case RAZORPAY -> false;
        };
    }

    private static Duration within(Duration whole, Random random) {
        return Duration.ofNanos((long) (whole.toNanos() * random.nextDouble()));
    }

    private void placeOrders(long first) throws SQLException {
        try (Connection connection = cluster.connect();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO orders (id, user_id, total_amount) VALUES (?, 7, 49.99)")) {
            for (long order = first; order < nextOrder; order++) {
                insert.setLong(1, order);
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private void inject(Phase phase, Node node, Random random, long firstOrder)
            throws SQLException, InterruptedException {
        Duration lasts = phase.lasts();
        switch (phase.fault()) {
            case NONE, CLOCK_STEP -> waitFor(lasts);
            case KILL_AT_RANDOM -> {
                waitFor(within(lasts.dividedBy(2), random));
                killAtWork(phase, List.of(node));
                node.startAgain();
            }
            case KILL_BEFORE_CLAIM -> killAt(Point.CLAIM, phase, node, random);
            case KILL_BEFORE_COMMIT -> killAt(Point.COMMIT, phase, node, random);
            case KILL_AFTER_COMMIT -> killAt(Point.COMMITTED, phase, node, random);
            case KILL_BEFORE_ANSWER -> killAt(Point.ANSWER, phase, node, random);
            case KILL_ALL -> {
                waitFor(within(lasts.dividedBy(2), random));
                killAtWork(phase, cluster.nodes());
                cluster.nodes().forEach(Node::startAgain);
                // What comes next shall meet one that works.
                cluster.nodes().forEach(Node::awaitServing);
            }
            case KILL_AFTER_EFFECT -> {
                waitFor(within(lasts.dividedBy(2), random));
                long armedAt = System.nanoTime();
                node.haltAfterNextEffect();
                awaitDeath(phase, node);
                deaths.add(new Death(phase.fault(), node, armedAt));
                node.kill();
                node.startAgain();
            }
            case PAUSE_NODE -> {
                node.pause();
                waitFor(lasts);
                evidence.demand(
                        phase.fault(), node.name(), "deliveries left waiting at its end", client.outstanding(node));
                node.resume();
            }
            case COMMIT_UNCONFIRMED -> {
                long until = System.nanoTime() + lasts.toNanos();
                int cut = await(unconfirmed(node, random), phase, node) ? 1 : 0;
                // Later ones may find no COMMIT: what is left to be sent waits for its next turn.
                long left = until - System.nanoTime();
                while (left > 0 && unconfirmed(node, random).await(left, TimeUnit.NANOSECONDS)) {
                    cut++;
                    left = until - System.nanoTime();
                }
                node.trap().disarm();
                evidence.note(phase.fault(), "COMMITs left unconfirmed", cut);
            }
            case MYSQL_CUT -> through(Node::mySql, FaultyProxy::refuse, lasts);
            case MYSQL_SLOW -> through(Node::mySql, proxy -> proxy.delay(slow(random)), lasts);
            case MYSQL_HANG -> through(Node::mySql, FaultyProxy::hold, lasts);
            case REDIS_CUT -> through(Node::redis, FaultyProxy::refuse, lasts);
            case REDIS_SLOW -> through(Node::redis, proxy -> proxy.delay(slow(random)), lasts);
            case REDIS_HANG -> through(Node::redis, FaultyProxy::hold, lasts);
            case MYSQL_CUT_OF_ONE -> between(node, Node::mySql, FaultyProxy::refuse, phase);
            case MYSQL_SLOW_OF_ONE -> between(node, Node::mySql, proxy -> proxy.delay(slow(random)), phase);
            case MYSQL_HANG_OF_ONE -> between(node, Node::mySql, FaultyProxy::hold, phase);
            case REDIS_CUT_OF_ONE -> between(node, Node::redis, FaultyProxy::refuse, phase);
            case REDIS_SLOW_OF_ONE -> between(node, Node::redis, proxy -> proxy.delay(slow(random)), phase);
            case REDIS_HANG_OF_ONE -> between(node, Node::redis, FaultyProxy::hold, phase);
            case MARIADB_RESTART -> {
                waitFor(within(lasts.dividedBy(2), random));
                evidence.demand(phase.fault(), "", "connections lost", cluster.restartMariaDb());
            }
            case MARIADB_KILLED -> {
                waitFor(within(lasts.dividedBy(2), random));
                evidence.demand(phase.fault(), "", "connections lost", cluster.killMariaDb());
            }
            case REDIS_RESTART -> {
                waitFor(within(lasts.dividedBy(2), random));
                evidence.demand(phase.fault(), "", KEYS, cluster.killRedis());
                waitFor(lasts.dividedBy(2));
            }
            case REDIS_FLUSH -> {
                for (int times = 0; times < 5; times++) {
                    waitFor(lasts.dividedBy(5));
                    evidence.demand(phase.fault(), "", KEYS, cluster.flushRedis());
                }
            }
            case ORDERS_LATE -> {
                waitFor(lasts);
                placeOrders(firstOrder);
            }
        }
    }

    private static CountDownLatch unconfirmed(Node node, Random random) {
        return node.trap().arm(Point.COMMITTED, random.nextInt(4), () -> {});
    }

    private static Duration slow(Random random) {
        return Duration.ofMillis(20 + random.nextInt(80));
    }

    private void through(Function<Node, FaultyProxy> proxy, Consumer<FaultyProxy> fault, Duration lasts) {
        waitFor(lasts.dividedBy(10));
        cluster.nodes().forEach(node -> fault.accept(proxy.apply(node)));
        waitFor(lasts);
        cluster.nodes().forEach(node -> proxy.apply(node).pass());
    }

    /** One node alone, while the other goes on. */
    private void between(Node node, Function<Node, FaultyProxy> proxy, Consumer<FaultyProxy> fault, Phase phase) {
        Node other = cluster.nodes().get(1 - phase.node());
        waitFor(phase.lasts().dividedBy(10));
        Sides before = Sides.of(phase.fault(), node, other);
        fault.accept(proxy.apply(node));
        waitFor(phase.lasts());
        Sides during = Sides.of(phase.fault(), node, other).since(before);
        proxy.apply(node).pass();
        partitions.add(during);
        if (!during.bothAtWork()) {
            evidence.miss(phase.fault(), node.name(), "not a partition: " + during);
        }
    }

    /** Kills nodes at once, as soon as each has a delivery in work. */
    private void killAtWork(Phase phase, List<Node> nodes) {
        long giveUpAt = System.nanoTime() + POINT_WITHIN.toNanos();
        while (!nodes.stream().allMatch(node -> client.outstanding(node) > 0)) {
            if (System.nanoTime() - giveUpAt > 0) {
                break;
            }
            waitFor(Duration.ofMillis(1));
        }
        for (Node node : nodes) {
            evidence.demand(phase.fault(), node.name(), "deliveries in work", client.outstanding(node));
        }
        long at = System.nanoTime();
        nodes.parallelStream().forEach(Node::kill);
        nodes.forEach(node -> deaths.add(new Death(phase.fault(), node, at)));
    }

    private void killAt(Point point, Phase phase, Node node, Random random) throws InterruptedException {
        AtomicLong at = new AtomicLong();
        CountDownLatch killed = node.trap().arm(point, random.nextInt(plan.ordersPerPhase() / 2), () -> {
            at.set(System.nanoTime());
            node.kill();
        });
        if (await(killed, phase, node)) {
            deaths.add(new Death(phase.fault(), node, at.get()));
        }
        // A kill that failed to come at its point must not change what follows.
        node.kill();
        node.startAgain();
    }

    private boolean await(CountDownLatch sprung, Phase phase, Node node) throws InterruptedException {
        boolean came = sprung.await(POINT_WITHIN.toSeconds(), TimeUnit.SECONDS);
        if (!came) {
            node.trap().disarm();
            evidence.miss(phase.fault(), node.name(), NEVER);
        }
        return came;
    }

    private void awaitDeath(Phase phase, Node node) {
        long giveUpAt = System.nanoTime() + POINT_WITHIN.toNanos();
        while (!node.isDead()) {
            if (System.nanoTime() - giveUpAt > 0) {
                evidence.miss(phase.fault(), node.name(), NEVER);
                return;
            }
            waitFor(Duration.ofMillis(5));
        }
    }

    /** The pace of the plan; nothing is waited for that could come earlier. */
    private static void waitFor(Duration time) {
        long until = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    ProviderClient client() {
        return client;
    }

    /** Every event with the number of the phase in which it was first told. */
    Map<ToldEvent, Integer> told() {
        return Collections.unmodifiableMap(told);
    }

    /** The phases that were begun. */
    List<Phase> phases() {
        return List.copyOf(done);
    }

    /** What the nodes counted in each partition. */
    List<Sides> partitions() {
        return List.copyOf(partitions);
    }

    /** What shows that each fault struck, complete when {@link #run} has returned. */
    Evidence evidence() {
        return evidence;
    }

    @Override
    public void close() {
        client.close();
    }
}
