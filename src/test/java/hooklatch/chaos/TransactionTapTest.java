package hooklatch.chaos;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class TransactionTapTest {

    private static final int QUERY = 0x03;
    private static final int PREPARE = 0x16;
    private static final int EXECUTE = 0x17;
    private static final String CLAIM =
            "INSERT INTO webhook_events\n    (provider) VALUES (?) ON DUPLICATE KEY UPDATE id = 1";

    private final Trap trap = new Trap();
    private final TransactionTap tap = new TransactionTap(trap);

    @Test
    void knowsTheClaimByItsStatement() {
        prepared(CLAIM, 7);
        prepared("SELECT 1", 8);
        CountDownLatch struck = trap.arm(Point.CLAIM, 1, () -> {});
        assertThat(says(EXECUTE, id(8))).isTrue();
        assertThat(says(EXECUTE, id(7))).as("let pass").isTrue();
        assertThat(struck.getCount()).isEqualTo(1);
        assertThat(says(EXECUTE, id(7))).isFalse();
        assertThat(struck.getCount()).isZero();
        assertThat(says(EXECUTE, id(7))).as("strikes once").isTrue();
    }

    @Test
    void knowsTheCommitOfAnEventFromOthers() {
        prepared(CLAIM, 1);
        CountDownLatch struck = trap.arm(Point.COMMIT, 0, () -> {});
        assertThat(says(QUERY, "commit")).as("nothing was claimed").isTrue();
        says(EXECUTE, id(1));
        assertThat(says(QUERY, "rollback")).isTrue();
        assertThat(says(QUERY, "COMMIT")).as("it was rolled back").isTrue();
        says(EXECUTE, id(1));
        assertThat(says(QUERY, "commit")).isFalse();
        assertThat(struck.getCount()).isZero();
    }

    @Test
    void knowsTheAnswerToTheCommit() {
        prepared(CLAIM, 1);
        trap.arm(Point.COMMITTED, 0, () -> {});
        says(EXECUTE, id(1));
        assertThat(answers("\0rows")).isTrue();
        says(QUERY, "commit");
        assertThat(answers("\0ok")).isFalse();
    }

    @Test
    void readsPacketsHoweverTheyArrive() {
        byte[] prepare = packet(0, PREPARE, CLAIM + "x".repeat(100_000));
        for (int at = 0; at < prepare.length; at += 1_000) {
            int length = Math.min(1_000, prepare.length - at);
            byte[] piece = new byte[length];
            System.arraycopy(prepare, at, piece, 0, length);
            assertThat(tap.toServer(piece, length)).isTrue();
        }
        answers("\0" + id(300));
        trap.arm(Point.CLAIM, 0, () -> {});
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(packet(0, QUERY, "SELECT 1"));
        both.writeBytes(packet(0, EXECUTE, id(300)));
        assertThat(tap.toServer(both.toByteArray(), both.size())).isFalse();
    }

    private void prepared(String sql, int statement) {
        assertThat(says(PREPARE, sql)).isTrue();
        assertThat(answers("\0" + id(statement))).isTrue();
    }

    private boolean says(int command, String text) {
        byte[] packet = packet(0, command, text);
        return tap.toServer(packet, packet.length);
    }

    private boolean answers(String text) {
        byte[] packet = packet(1, text.charAt(0), text.substring(1));
        return tap.toClient(packet, packet.length);
    }

    private static String id(int statement) {
        return "" + (char) (statement & 0xFF) + (char) (statement >> 8) + "\0\0";
    }

    private static byte[] packet(int sequence, int first, String rest) {
        int length = rest.length() + 1;
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        packet.write(length);
        packet.write(length >> 8);
        packet.write(length >> 16);
        packet.write(sequence);
        packet.write(first);
        packet.writeBytes(rest.getBytes(ISO_8859_1));
        return packet.toByteArray();
    }
}
