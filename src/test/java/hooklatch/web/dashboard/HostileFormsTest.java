package hooklatch.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.testing.Browser;
import hooklatch.testing.DashboardSite;
import hooklatch.testing.RawHttp;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses and forms that no browser of ours sends, or sends like that. */
class HostileFormsTest {
    /** More than the container has threads. */
    private static final int SLOW_SENDERS = 40;

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String FORM_TYPE = "Content-Type: application/x-www-form-urlencoded\r\n";

    @SuppressWarnings("NullAway.Init")
    private static DashboardSite site;

    @BeforeAll
    static void start() throws Exception {
        site = DashboardSite.open();
    }

    @AfterAll
    static void stop() {
        site.close();
    }

    private static RawHttp connect() throws IOException {
        return new RawHttp(site.uri().getPort(), PATIENCE);
    }

    private static String post(String path, String headers, int length) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "Content-Length: " + length + "\r\n\r\n";
    }

    private static RawHttp.Answer get(String target) throws IOException {
        try (RawHttp connection = connect()) {
            connection.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + DashboardSite.TOKEN + "\r\n\r\n");
            return connection.read();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/dashboard/events.json?q=%",
                "/dashboard/events.json?role=%ff%fe",
                "/dashboard/events?%zz=1",
                "/dashboard/login?next=%c0%80",
                "/webhooks/status/evt_1?provider=%ed%a0%80",
                "/webhooks/status?event_id=%f",
                "/static/app.css?v=%u0041"
            })
    void parametersThatCannotBeReadAreAnswered400(String target) throws Exception {
        RawHttp.Answer answer = get(target);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).startsWith("{\"error\":\"The parameters cannot be read");
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
    }

    @Test
    void aFormIsReadAsUtf8WhateverItSaysOfItself() throws Exception {
        Browser browser = site.browser();
        String token = browser.get("/dashboard/login").token();
        String fields = "csrf=" + token + "&username=" + DashboardSite.ADMIN + "&password="
                + DashboardSite.PASSWORD.replace(' ', '+');
        for (String charset : List.of("nope", "utf-16", "\"")) {
            try (RawHttp connection = connect()) {
                connection.send(post(
                        "/dashboard/login",
                        "Content-Type: application/x-www-form-urlencoded; charset=" + charset
                                + "\r\nCookie: hooklatch_sign_in="
                                + browser.cookies().get("hooklatch_sign_in") + "\r\n",
                        fields.length()));
                connection.send(fields);
                assertThat(connection.read().status()).as(charset).isEqualTo(303);
            }
        }
    }

    @Test
    void slowFormsHoldNoThreadAndAreReadWhenTheyAreWhole() throws Exception {
        Browser browser = site.browser();
        String token = browser.get("/dashboard/login").token();
        String fields = "csrf=" + token + "&username=" + DashboardSite.ADMIN + "&password="
                + DashboardSite.PASSWORD.replace(' ', '+');
        String cookie = "Cookie: hooklatch_sign_in=" + browser.cookies().get("hooklatch_sign_in") + "\r\n";
        List<RawHttp> senders = new ArrayList<>();
        try {
            for (int i = 0; i < SLOW_SENDERS; i++) {
                RawHttp sender = connect();
                senders.add(sender);
                sender.send(post("/dashboard/login", FORM_TYPE + cookie, fields.length()));
                sender.send(fields.substring(0, 1));
            }
            assertThat(get("/health/live").status()).as("while forms arrive").isEqualTo(200);

            RawHttp first = senders.get(0);
            first.send(fields.substring(1));
            RawHttp.Answer signedIn = first.read();
            assertThat(signedIn.status()).isEqualTo(303);
            assertThat(signedIn.header("Set-Cookie")).isNotNull();
        } finally {
            for (RawHttp sender : senders) {
                sender.close();
            }
        }
    }

    @Test
    void aFormThatDoesNotComeIsNotWaitedForForever() throws Exception {
        try (RawHttp sender = connect()) {
            sender.send(post("/dashboard/login", FORM_TYPE, 100));
            RawHttp.Answer answer = sender.read();
            assertThat(answer.status()).isEqualTo(408);
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(sender.isClosedByServer()).isTrue();
        }
    }

    @Test
    void formsHaveALimit() throws Exception {
        try (RawHttp sender = connect()) {
            sender.send(post("/dashboard/login", FORM_TYPE, 10_000_000));
            RawHttp.Answer answer = sender.read();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(sender.isClosedByServer()).isTrue();
        }
        try (RawHttp sender = connect()) {
            sender.send("POST /dashboard/login HTTP/1.1\r\nHost: localhost\r\n" + FORM_TYPE
                    + "Transfer-Encoding: chunked\r\n\r\n");
            String chunk = "8000\r\n" + "a".repeat(0x8000) + "\r\n";
            sender.send(chunk + chunk + chunk);
            assertThat(sender.read().status()).isEqualTo(413);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/health/live",
                "/metrics",
                "/webhooks/status/evt_1",
                "/static/app.css",
                "/",
                "/x",
                "/x.jsp",
                "/error"
            })
    void aBodyWhereNoneBelongsIsNotWaitedFor(String path) throws Exception {
        for (String method : List.of("GET", "POST", "PUT")) {
            try (RawHttp sender = connect()) {
                sender.send(post(path, "", 100).replaceFirst("POST", method));
                RawHttp.Answer answer = sender.read();
                assertThat(answer.status()).as(method).isEqualTo(method.equals("GET") ? 400 : 405);
                assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
                assertThat(sender.isClosedByServer()).as("left").isTrue();
            }
        }
    }

    @Test
    void aNumberThatNobodyCanWriteOutIsShownAsItCame() throws Exception {
        String payload = "{\"id\":\"evt_e\",\"type\":\"a.b\",\"x\":1e1234567,\"data\":{\"object\":{}}}";
        site.execute("INSERT INTO webhook_events (provider, event_id, event_type, status, result, attempts, payload,"
                + " payload_sha256, received_at, processed_at) VALUES ('stripe', 'evt_e', 'a.b', 'skipped', '{}', 0, '"
                + payload + "', UNHEX(SHA2('', 256)), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))");
        RawHttp.Answer answer = get("/dashboard/events/stripe/evt_e.json");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("1e1234567");
    }
}
