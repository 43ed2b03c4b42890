package hooklatch.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import hooklatch.domain.Payload;
import hooklatch.testing.Samples;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The signature vectors of {@code samples/signatures.json}, made and judged by the providers' own packages. */
final class Vectors {
    /** Vectors of a scheme without a time state none; any will do. */
    private static final long SOME_TIME = 1_793_000_012L;

    private Vectors() {}

    /** One delivery, with what a receiver must answer to its signature. */
    record Vector(
            String name,
            Payload payload,
            String bodySha256,
            List<String> secrets,
            Map<String, String> headers,
            Instant verifyAt,
            Duration tolerance,
            boolean accept) {
        ProviderSettings settings() {
            return new ProviderSettings(secrets, tolerance, Clock.fixed(verifyAt, ZoneOffset.UTC));
        }

        @Override
        public String toString() {
            return name + " -> " + (accept ? "accept" : "reject");
        }
    }

    static Stream<Vector> of(String provider) {
        JsonNode document;
        try {
            document = new JsonMapper().readTree(Samples.bytes("signatures.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return StreamSupport.stream(document.path("vectors").spliterator(), false)
                .filter(vector -> vector.path("provider").textValue().equals(provider))
                .map(Vectors::read);
    }

    private static Vector read(JsonNode vector) {
        List<String> secrets = new ArrayList<>();
        vector.path("receiver_secrets").forEach(secret -> secrets.add(secret.textValue()));
        Map<String, String> headers = new LinkedHashMap<>();
        vector.path("headers")
                .properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().textValue()));
        byte[] body = vector.has("body_base64")
                ? Base64.getDecoder().decode(vector.path("body_base64").textValue())
                : Samples.bytes(vector.path("body_file").textValue());
        return new Vector(
                vector.path("name").textValue(),
                new Payload(body),
                vector.path("body_sha256").textValue(),
                secrets,
                headers,
                Instant.ofEpochSecond(vector.path("verify_at").asLong(SOME_TIME)),
                Duration.ofSeconds(vector.path("tolerance_seconds").asLong(300)),
                vector.path("expect").textValue().equals("accept"));
    }
}
