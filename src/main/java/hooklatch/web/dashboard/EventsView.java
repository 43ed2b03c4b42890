package hooklatch.web.dashboard;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The list of events as its JSP shows it.
 *
 * @param problems what is wrong with the question; then nothing was searched
 * @param nothingYet paths of the endpoints while nothing was ever received; empty otherwise
 * @param clear link to the list without filters; null while there are none
 * @param found what the id in the search box turned out to be; empty when none was given or found
 * @param total how many events there are, in words; empty when only a walk over all could tell
 * @param gaveUp how far a search for something rare came, in words; null when it came to its end
 * @param live whether this is the first page, which is refreshed
 * @param replay the way to the replay of these events; null when there is nothing to replay, or nobody who may
 */
public record EventsView(
        Fields fields,
        List<String> problems,
        List<Choice> views,
        List<Choice> ranges,
        List<Choice> providers,
        List<Choice> statuses,
        List<String> types,
        List<Row> rows,
        List<String> nothingYet,
        @Nullable String clear,
        String found,
        String total,
        @Nullable String gaveUp,
        boolean live,
        Pages pages,
        @Nullable Replay replay) {
    public EventsView {
        problems = List.copyOf(problems);
        views = List.copyOf(views);
        ranges = List.copyOf(ranges);
        providers = List.copyOf(providers);
        statuses = List.copyOf(statuses);
        types = List.copyOf(types);
        rows = List.copyOf(rows);
        nothingYet = List.copyOf(nothingYet);
    }

    /** The form as it was sent. */
    public record Fields(
            String q, String provider, String status, String type, String from, String to, String range, String view) {}

    /**
     * Something to choose: a saved view, a time range, an entry of a list.
     *
     * @param count how many events it has; empty when that is not known
     * @param current whether it is chosen
     */
    public record Choice(String href, String label, String count, boolean current) {}

    /**
     * The way to a group replay.
     *
     * @param href of the page that counts and asks; empty when these events cannot be replayed as a group
     * @param obstacle why not; empty when they can
     */
    public record Replay(String href, String label, String obstacle) {}

    /** Links to other pages; null where there is none. */
    public record Pages(
            @Nullable String newest,
            @Nullable String newer,
            @Nullable String older,
            @Nullable String oldest) {
        static final Pages NONE = new Pages(null, null, null, null);

        public boolean isNeeded() {
            return newer != null || older != null;
        }
    }

    /** One event. Texts that are not there are empty. */
    public record Row(
            String key,
            Moment received,
            String provider,
            String type,
            String eventId,
            String href,
            String statusKind,
            String status,
            String reason,
            String order,
            String orderHref,
            String payment,
            String paymentHref,
            String amount,
            String attempts,
            String duration,
            String duplicates,
            boolean otherPayload) {
        /** The type in pieces, between which a line may end: {@code payment_}, {@code intent.}, {@code succeeded}. */
        public List<String> typePieces() {
            return List.of(AFTER_DOT_OR_UNDERSCORE.split(type));
        }

        /** The reason in pieces, between which a line may end beside its blanks: {@code insufficient_}, {@code funds}. */
        public List<String> reasonPieces() {
            return List.of(AFTER_A_MARK_IN_A_WORD.split(reason));
        }
    }

    private static final Pattern AFTER_DOT_OR_UNDERSCORE = Pattern.compile("(?<=[._])");
    private static final Pattern AFTER_A_MARK_IN_A_WORD = Pattern.compile("(?<=\\p{L}{4}[._/:=-])(?=[\\p{L}\\p{N}])");
}
