package hooklatch.lock;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.redisson.api.RBatch;
import org.redisson.api.RFuture;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.RedisException;
import org.redisson.client.codec.StringCodec;

/**
 * Where the nodes report: one hash in Redis, {@code webhook:node:reports}, with a field for each process. One command
 * writes a report, one reads all of them, and both cost by the number of nodes. All times are taken from the clock of
 * Redis: those of the nodes may differ. Stateless; who calls it bounds and guards the calls.
 */
final class NodeReports {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);
    private static final String KEY = "webhook:node:reports";

    /** Keys that nobody writes, so many that hardly a master of a cluster has none of them. */
    private static final int PARTS = 64;

    private static final String PART = "webhook:node:part:";

    /** A report outlives its node by this and the lease of the node's locks: until then they may be held. */
    static final Duration KEPT = Duration.ofMinutes(2);

    /** Value: seen at, kept for (both in milliseconds), report. The whole hash goes when nobody reports any more. */
    private static final String WRITE = """
            local time = redis.call('time')
            local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
            redis.call('hset', KEYS[1], ARGV[1], now .. ' ' .. ARGV[2] .. ' ' .. ARGV[3])
            if redis.call('pttl', KEYS[1]) < tonumber(ARGV[2]) then
                redis.call('pexpire', KEYS[1], ARGV[2])
            end
            return 1""";

    /** Each process as client id, silence in milliseconds, report; those kept long enough are removed on the way. */
    private static final String READ = """
            local time = redis.call('time')
            local now = time[1] * 1000 + math.floor(time[2] / 1000)
            local all = redis.call('hgetall', KEYS[1])
            local young = {}
            for i = 1, #all, 2 do
                local seen, kept, report = string.match(all[i + 1], '^(%d+) (%d+) (.*)$')
                if seen == nil or now - seen > tonumber(kept) then
                    redis.call('hdel', KEYS[1], all[i])
                else
                    young[#young + 1] = all[i]
                    young[#young + 1] = string.format('%.0f', math.max(0, now - seen))
                    young[#young + 1] = report
                end
            end
            return young""";

    private NodeReports() {}

    /** Fails unless every part of a cluster answers; on a single server it is one pipeline of small commands. */
    static void requireAllParts(RedissonClient redisson) {
        RBatch batch = redisson.createBatch();
        List<RFuture<Boolean>> answers = new ArrayList<>();
        for (int part = 0; part < PARTS; part++) {
            answers.add(batch.getBucket(PART + part, StringCodec.INSTANCE).isExistsAsync());
        }
        await(batch.executeAsync());
        for (RFuture<Boolean> answer : answers) {
            await(answer);
        }
    }

    static void write(RedissonClient redisson, NodeReport report) {
        await(redisson.getScript(StringCodec.INSTANCE)
                .evalAsync(
                        KEY,
                        RScript.Mode.READ_WRITE,
                        WRITE,
                        RScript.ReturnType.LONG,
                        List.of(KEY),
                        report.clientId(),
                        Long.toString(report.lease().plus(KEPT).toMillis()),
                        report.json()));
    }

    /** Forgets a process that left and holds nothing. */
    static void remove(RedissonClient redisson, String clientId) {
        await(redisson.getMap(KEY, StringCodec.INSTANCE).fastRemoveAsync(clientId));
    }

    /** Bounded: a command that is under way while its client is shut down may never end. */
    private static void await(RFuture<?> answer) {
        try {
            answer.get(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new RedisException("no answer to a report", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RedisException("interrupted while reporting", e);
        }
    }

    static List<NodeReport> read(RedissonClient redisson) {
        List<String> fields = redisson.getScript(StringCodec.INSTANCE)
                .eval(KEY, RScript.Mode.READ_WRITE, READ, RScript.ReturnType.LIST, List.of(KEY));
        List<NodeReport> reports = new ArrayList<>();
        for (int i = 0; i + 2 < fields.size(); i += 3) {
            Duration silence = Duration.ofMillis(Long.parseLong(fields.get(i + 1)));
            NodeReport.read(fields.get(i), silence, fields.get(i + 2)).ifPresent(reports::add);
        }
        return reports;
    }
}
