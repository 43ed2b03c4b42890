package hooklatch.handler;

import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.docs.Readme;
import hooklatch.domain.Deadline;
import hooklatch.domain.Json;
import hooklatch.domain.Outcome;
import hooklatch.domain.WebhookEvent;
import hooklatch.service.EventProcessor;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.Shop;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The handler that the README shows: its text, its table, its jar, and what it promises. */
class ReadmeExampleTest {
    private static final String CLASS_NAME = "example.ReceiptHandler";
    private static final String SERVICE = "META-INF/services/hooklatch.handler.EventHandler";

    @TempDir
    private Path directory;

    private final Readme readme = Readme.read();
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private Shop shop;
    private URLClassLoader jar;
    private EventHandler receipts;

    @BeforeEach
    void buildTheJarAndCreateTheTable() throws IOException {
        Path file = directory.resolve("receipt-handler.jar");
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream entries = new JarOutputStream(out)) {
            add(entries, SERVICE, (CLASS_NAME + "\n").getBytes(StandardCharsets.UTF_8));
            String compiled = CLASS_NAME.replace('.', '/') + ".class";
            add(entries, compiled, Files.readAllBytes(BuildDirectory.path().resolve("test-classes/" + compiled)));
        }
        jar = new URLClassLoader(
                new URL[] {file.toUri().toURL()},
                new WithoutTheExample(getClass().getClassLoader()));
        List<EventHandler> found = ServiceLoader.load(EventHandler.class, jar).stream()
                .map(ServiceLoader.Provider::get)
                .filter(handler -> handler.getClass().getClassLoader() == jar)
                .toList();
        assertThat(found).hasSize(1);
        receipts = found.get(0);

        shop = new Shop(4);
        shop.order(42, "49.99");
        shop.sql(handle -> handle.execute(readme.block("sql", "CREATE TABLE receipts")));

        logged.start();
        exampleLogger().setLevel(Level.INFO);
        exampleLogger().setAdditive(false);
        exampleLogger().addAppender(logged);
    }

    @AfterEach
    void closeShop() throws IOException {
        exampleLogger().detachAppender(logged);
        exampleLogger().setLevel(null);
        exampleLogger().setAdditive(true);
        shop.close();
        jar.close();
    }

    private static Logger exampleLogger() {
        return (Logger) LoggerFactory.getLogger(CLASS_NAME);
    }

    private static void add(JarOutputStream jar, String name, byte[] content) throws IOException {
        jar.putNextEntry(new JarEntry(name));
        jar.write(content);
        jar.closeEntry();
    }

    /** The class path of the tests holds the example too: from there it must not come. */
    private static final class WithoutTheExample extends ClassLoader {
        WithoutTheExample(ClassLoader parent) {
            super(parent);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("example.")) {
                throw new ClassNotFoundException(name);
            }
            return super.loadClass(name, resolve);
        }
    }

    /** Runs after the example in the same transaction and refuses until it is told not to. */
    private static final class Later implements EventHandler {
        private boolean refuses = true;

        @Override
        public String name() {
            return "later";
        }

        @Override
        public boolean handles(WebhookEvent event) {
            return true;
        }

        @Override
        public ObjectNode handle(EventContext context) throws RefusedException {
            if (refuses) {
                throw new RefusedException("not now");
            }
            return Json.object();
        }
    }

    private EventProcessor node(EventHandler... handlers) {
        return shop.node(Shop.grantingLocks(), Shop.forgettingCache(), handlers);
    }

    private static Outcome deliver(EventProcessor node, WebhookEvent event) {
        return node.process(event, Deadline.in(Duration.ofSeconds(4)));
    }

    private static String resultOf(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Processed.class);
        return String.valueOf(((Outcome.Processed) outcome).event().resultJson());
    }

    private List<Map<String, Object>> receiptRows() {
        return shop.sql(handle -> handle.createQuery(
                        "SELECT provider, payment_id, order_id, amount_minor, currency FROM receipts")
                .mapToMap()
                .list());
    }

    @Test
    void theReadmeShowsTheClassThatIsTestedHere() throws IOException {
        Path source = Readme.project().resolve("src/test/java/example/ReceiptHandler.java");

        assertThat(readme.block("java", "package example;")).isEqualTo(Files.readString(source));
    }

    @Test
    void theReadmeNamesTheServiceFileAndItsContent() {
        assertThat(readme.text()).contains(SERVICE);
        assertThat(readme.text()).contains("echo " + CLASS_NAME + " > ");
    }

    @Test
    void aPaymentIsGivenOneReceiptWhateverIsDeliveredTwice() {
        EventProcessor node = node(receipts);
        WebhookEvent event = event("evt_1", succeeded("pi_1", 42, 4999));

        String result = resultOf(deliver(node, event));
        assertThat(deliver(node, event)).isInstanceOf(Outcome.Duplicate.class);

        assertThat(result).contains("\"action\":\"payment_success\"").contains("\"receipt\":{\"issued\":true}");
        assertThat(receiptRows())
                .containsExactly(Map.of(
                        "provider",
                        "stripe",
                        "payment_id",
                        "pi_1",
                        "order_id",
                        42L,
                        "amount_minor",
                        4999L,
                        "currency",
                        "USD"));
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("receipt issued for payment pi_1 of order 42");
    }

    @Test
    void theSameSuccessUnderAnotherEventIdIsGivenNoSecondReceipt() {
        EventProcessor node = node(receipts);

        deliver(node, event("evt_1", succeeded("pi_1", 42, 4999)));
        String second = resultOf(deliver(node, event("evt_2", succeeded("pi_1", 42, 4999))));

        assertThat(second).contains("\"changed\":false").contains("\"receipt\":{\"issued\":false}");
        assertThat(receiptRows()).hasSize(1);
        assertThat(logged.list).hasSize(1);
    }

    @Test
    void aRefusalByALaterHandlerTakesTheReceiptBackUntilTheEventIsAccepted() {
        Later later = new Later();
        EventProcessor node = node(receipts, later);
        WebhookEvent event = event("evt_1", succeeded("pi_1", 42, 4999));

        assertThat(deliver(node, event)).isInstanceOf(Outcome.Failed.class);
        assertThat(receiptRows()).isEmpty();
        assertThat(shop.count("payments")).isZero();
        assertThat(logged.list).isEmpty();

        later.refuses = false;
        assertThat(deliver(node, event)).isInstanceOf(Outcome.Processed.class);
        assertThat(receiptRows()).hasSize(1);
        assertThat(logged.list).hasSize(1);
    }

    @Test
    void anEventOfAnUnknownOrderIsGivenNoReceipt() {
        Outcome outcome = deliver(node(receipts), event("evt_1", succeeded("pi_1", 43, 4999)));

        assertThat(outcome).isInstanceOf(Outcome.Failed.class);
        assertThat(receiptRows()).isEmpty();
    }
}
