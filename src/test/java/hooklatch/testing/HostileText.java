package hooklatch.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** Data that means harm to a page, and what a page must have done to it. */
public final class HostileText {
    /** Markup, both quotes, an expression, and what ends a comment or a script. */
    public static final String TEXT =
            "<script>alert('hx')</script>\"'><img src=x onerror=hx()>${99991*99989}#{99991*99989}</title>--><b data-hx=\"1\">&amp;\u202e";

    /** The same as far as an id may hold it: no blank, nothing beyond ASCII. */
    public static final String ASCII =
            "<script>alert('hx')</script>\"'><img/src=x/onerror=hx()>${99991*99989}</title>--><b/data-hx=\"1\">&amp;";

    /** None of these may be on a page that shows {@link #TEXT}. */
    public static final List<String> NEEDLES =
            List.of("<script>alert", "<img src=x", "'><img", "\"'>", "</title>--", "<b data-hx", "9998000099");

    private HostileText() {}

    /** The text as a literal of SQL. */
    public static String sql() {
        return literal(TEXT);
    }

    /** The id as a literal of SQL. */
    public static String asciiSql() {
        return literal(ASCII);
    }

    private static String literal(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    public static boolean isInert(String page) {
        return NEEDLES.stream().noneMatch(page::contains);
    }

    /** The page shows the text, or nothing of it; it never obeys it. */
    public static void assertInert(String page) {
        assertThat(page.strip())
                .startsWith("<!DOCTYPE html>")
                .doesNotContain(NEEDLES)
                .endsWith("</html>");
    }
}
