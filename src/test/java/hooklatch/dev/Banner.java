package hooklatch.dev;

import hooklatch.testing.MariaDbServer;
import hooklatch.testing.RedisServer;

/** What a person reads when {@code mvn jetty:run} is ready: where everything is, and what to try first. */
final class Banner {

    private static final String LINE = "-".repeat(100);

    private final int port;
    private final DevSettings settings;
    private final DevServers servers;

    Banner(int port, DevSettings settings, DevServers servers) {
        this.port = port;
        this.settings = settings;
        this.servers = servers;
    }

    /**
     * @param ready false when MySQL or Redis is somebody else's and does not answer yet
     */
    String text(boolean ready) {
        String url = "http://127.0.0.1:" + port;
        String mariaDb = servers.mariaDb()
                .map(MariaDbServer::port)
                .map(own -> "127.0.0.1:" + own + ", user root, no password, database " + DevSettings.DATABASE_NAME)
                .orElse("yours, from DB_URL or DB_HOST");
        String redis = servers.redis()
                .map(RedisServer::port)
                .map(own -> "127.0.0.1:" + own)
                .orElse("yours, from REDIS_URL");
        String token = settings.isDefaulted("API_TOKEN") ? "dev" : "(your API_TOKEN)";
        return String.join(
                System.lineSeparator(),
                "",
                LINE,
                ready
                        ? "Hooklatch is ready."
                        : "Hooklatch has started and waits for its database: events are answered 503 until " + url
                                + "/health/ready says ok.",
                "",
                "  Webhooks   " + url + "/webhooks/{stripe,razorpay,standard}",
                "  Dashboard  " + url + "/dashboard/    user and password: "
                        + (settings.isDefaulted("DASHBOARD_ADMIN_PASSWORD") ? "admin" : "yours"),
                "  API token  " + token,
                "  MariaDB    " + mariaDb,
                "  Redis      " + redis,
                "",
                servers.mariaDb().isPresent()
                        ? "Send a signed event, from another terminal:"
                        : "Send a signed event, from another terminal, with the id of an order of yours for "
                                + SampleOrders.FIRST_ID + ":",
                "",
                sendWithCurl(url, settings),
                "",
                "or, in the project's directory, any event you like (--help says which):",
                "",
                "mvn -q exec:java@send -Dsend=\"--type payment.succeeded --order " + SampleOrders.FIRST_ID
                        + (port == SendEvents.DEFAULT_PORT ? "" : " --url " + url) + "\"",
                "",
                "or a minute of a busy shop, so that there is something of every kind to look at:",
                "",
                "mvn -q exec:java@demo" + (port == SendEvents.DEFAULT_PORT ? "" : " -Ddemo=\"--url " + url + "\""),
                "",
                "Ctrl-C stops everything.",
                LINE);
    }

    /** One line for a POSIX shell. The body has no quotes of the kind that would end it, and no line breaks. */
    static String sendWithCurl(String url, DevSettings settings) {
        String body =
                "{\"id\":\"evt_try_1\",\"object\":\"event\",\"type\":\"payment_intent.succeeded\",\"created\":1793000002,"
                        + "\"livemode\":false,\"data\":{\"object\":{\"id\":\"pi_try_1\",\"object\":\"payment_intent\","
                        + "\"amount\":4999,\"amount_received\":4999,\"currency\":\"usd\",\"status\":\"succeeded\","
                        + "\"metadata\":{\"order_id\":\"" + SampleOrders.FIRST_ID + "\"}}}}";
        // A secret of somebody's own is not printed.
        String secret = settings.isDefaulted("STRIPE_WEBHOOK_SECRET")
                ? DevSettings.STRIPE_SECRET
                : "\"$STRIPE_WEBHOOK_SECRET\"";
        return "B='" + body + "'; T=$(date +%s); "
                + "curl -i -H \"Stripe-Signature: t=$T,v1=$(printf %s \"$T.$B\" | openssl dgst -sha256 -r -hmac "
                + secret + " | cut -c1-64)\" -d \"$B\" " + url + "/webhooks/stripe";
    }
}
