package hooklatch.chaos;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import hooklatch.testing.FaultyProxy;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Reads one connection of the MySQL protocol and tells when an event is being claimed, when that transaction is about to
 * be committed, and when it is. Other transactions pass unnoticed.
 *
 * <p>A command is a packet with the sequence number 0; the driver sends the next one only after it has the answer. So what
 * the server says first after a command is the answer to it.
 */
final class TransactionTap implements FaultyProxy.Tap {

    private static final int COM_QUERY = 0x03;
    private static final int COM_STMT_PREPARE = 0x16;
    private static final int COM_STMT_EXECUTE = 0x17;
    private static final String CLAIM = "INSERT INTO webhook_events";

    private final Trap trap;
    private final PacketHeads commands = new PacketHeads();
    private final PacketHeads answers = new PacketHeads();
    private final Set<Integer> claims = new HashSet<>();
    private boolean preparing;
    private boolean claimed;
    private boolean committing;

    TransactionTap(Trap trap) {
        this.trap = trap;
    }

    @Override
    public boolean toServer(byte[] bytes, int length) {
        for (byte[] packet : commands.in(bytes, length)) {
            Point reached = command(packet);
            if (reached != null && !trap.passes(reached)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean toClient(byte[] bytes, int length) {
        for (byte[] packet : answers.in(bytes, length)) {
            if (answer(packet) && !trap.passes(Point.COMMITTED)) {
                return false;
            }
        }
        return true;
    }

    private synchronized @org.jspecify.annotations.Nullable Point command(byte[] packet) {
        if (packet[PacketHeads.SEQUENCE] != 0 || packet.length <= PacketHeads.PAYLOAD) {
            return null;
        }
        String text = new String(packet, PacketHeads.PAYLOAD + 1, packet.length - PacketHeads.PAYLOAD - 1, ISO_8859_1);
        switch (packet[PacketHeads.PAYLOAD]) {
            case COM_STMT_PREPARE -> preparing = text.startsWith(CLAIM);
            case COM_STMT_EXECUTE -> {
                if (claims.contains(statement(packet))) {
                    claimed = true;
                    return Point.CLAIM;
                }
            }
            case COM_QUERY -> {
                String word = text.strip().toLowerCase(Locale.ROOT);
                boolean commits = claimed && word.startsWith("commit");
                claimed &= !word.startsWith("commit") && !word.startsWith("rollback");
                committing = commits;
                return commits ? Point.COMMIT : null;
            }
            default -> {
                // Of no interest.
            }
        }
        return null;
    }

    /** Whether it is the answer to the COMMIT of an event. */
    private synchronized boolean answer(byte[] packet) {
        if (preparing) {
            preparing = false;
            if (packet[PacketHeads.PAYLOAD] == 0) {
                claims.add(statement(packet));
            }
        }
        boolean committed = committing;
        committing = false;
        return committed;
    }

    /** The number of the statement, in the same place of its preparation's answer and of its execution. */
    private static int statement(byte[] packet) {
        int at = PacketHeads.PAYLOAD + 1;
        return (packet[at] & 0xFF)
                | (packet[at + 1] & 0xFF) << 8
                | (packet[at + 2] & 0xFF) << 16
                | (packet[at + 3] & 0xFF) << 24;
    }
}
