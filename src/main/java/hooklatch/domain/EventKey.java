package hooklatch.domain;

/**
 * What makes two deliveries the same event: the provider and its event id, byte for byte.
 *
 * @param provider name in lower case, as in the path of the endpoint
 * @param eventId 1 to 255 characters, each in 0x21 to 0x7E
 */
public record EventKey(String provider, String eventId) {
    /** Longest event id that is accepted, in characters. */
    public static final int MAX_ID_LENGTH = 255;

    public EventKey {
        if (!isValidId(eventId)) {
            throw new IllegalArgumentException("not an event id");
        }
    }

    /** Whether the text may be an event id: printable ASCII without blanks, so that it is safe in keys, headers and logs. */
    public static boolean isValidId(String id) {
        if (id.isEmpty() || id.length() > MAX_ID_LENGTH) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            if (c < 0x21 || c > 0x7E) {
                return false;
            }
        }
        return true;
    }

    /** {@code provider:eventId}, the tail of the Redis keys that speak of this event. */
    @Override
    public String toString() {
        return provider + ":" + eventId;
    }
}
