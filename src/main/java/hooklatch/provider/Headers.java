package hooklatch.provider;

import java.util.List;

/** The headers of a delivery. Names are case-insensitive. */
@FunctionalInterface
public interface Headers {
    /** All values of the header in order of arrival; empty when it is absent. */
    List<String> all(String name);
}
