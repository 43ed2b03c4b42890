package hooklatch.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.testing.BuildDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What no page and no tag may contain. */
class HouseRulesTest {
    private static final Path WEBAPP = BuildDirectory.path().resolveSibling("webapp");

    /** Directives and comments begin with it too, and may. */
    private static final Pattern SCRIPTLET = Pattern.compile("<%(?![@-])");

    private static final Pattern HANDLER = Pattern.compile("(?i)<[a-z][^<>]*\\son[a-z]+\\s*=");
    private static final Pattern STYLE = Pattern.compile("(?i)<style\\b|<[a-z][^<>]*\\sstyle\\s*=");
    private static final Pattern SCRIPT = Pattern.compile("(?is)<script\\b[^>]*>(?!\\s*</script>)");
    private static final Pattern ELSEWHERE = Pattern.compile("(?i)\\b(src|href|action)\\s*=\\s*[\"'](https?:)?//");
    private static final Pattern ESCAPED = Pattern.compile("\\$\\{fn:escapeXml\\([^{}]*\\)}");
    /** A tag of ours or of the library: what it does with a value is its own affair, and looked at in its own file. */
    private static final Pattern TAG = Pattern.compile("<(c|fn|h|jsp):[a-zA-Z]+(\\s+[\\w-]+=\"[^\"]*\")*\\s*/?>");
    /** Numbers cannot hold markup. */
    private static final Pattern NUMBER = Pattern.compile("\\$\\{row\\.id\\(\\)}");

    private static final Pattern EXPRESSION = Pattern.compile("\\$\\{[^}]*}|#\\{");

    static Stream<Path> pages() throws IOException {
        try (Stream<Path> files = Files.walk(WEBAPP)) {
            return files.filter(file -> file.toString().matches(".*\\.(jsp|jspf|tag|tagf)")).toList().stream();
        }
    }

    static List<String> offences(String page) {
        List<String> offences = new ArrayList<>();
        for (Pattern rule : List.of(SCRIPTLET, HANDLER, STYLE, SCRIPT, ELSEWHERE)) {
            for (Matcher found = rule.matcher(page); found.find(); ) {
                offences.add(found.group());
            }
        }
        String rest = TAG.matcher(page).replaceAll("");
        rest = ESCAPED.matcher(rest).replaceAll("");
        rest = NUMBER.matcher(rest).replaceAll("");
        for (Matcher found = EXPRESSION.matcher(rest); found.find(); ) {
            offences.add(found.group());
        }
        if (page.contains("escapeXml=\"false\"")) {
            offences.add("escapeXml=\"false\"");
        }
        return offences;
    }

    @ParameterizedTest
    @MethodSource("pages")
    void aPageKeepsTheRules(Path page) throws IOException {
        assertThat(offences(Files.readString(page))).as(page.toString()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void aPageIsShort(Path page) throws IOException {
        assertThat(Files.readAllLines(page)).as(page.toString()).hasSizeLessThanOrEqualTo(100);
    }

    /** Every form that is sent by POST has the hidden field in it. */
    @ParameterizedTest
    @MethodSource("pages")
    void aFormHasItsToken(Path page) throws IOException {
        String text = Files.readString(page);
        for (Matcher form = Pattern.compile("(?is)<form\\b[^>]*method=\"post\".*?</form>")
                        .matcher(text);
                form.find(); ) {
            assertThat(form.group()).as(page.toString()).contains("<h:csrf/>");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<% x %>",
                "<%= x %>",
                "<%! x %>",
                "<p>${view.name()}</p>",
                "<a href=\"${view.link()}\">",
                "<input value=\"${param.q}\">",
                "<button onclick=\"x()\">",
                "<body\n  onLoad='x'>",
                "<p style=\"color: red\">",
                "<style>p {}</style>",
                "<script>alert(1)</script>",
                "<img src=\"https://elsewhere.example/x.png\">",
                "<script src=\"//elsewhere.example/x.js\"></script>",
                "<c:out value=\"${x}\" escapeXml=\"false\"/>",
                "#{x}"
            })
    void aBrokenRuleIsSeen(String page) {
        assertThat(offences(page)).isNotEmpty();
    }

    @Test
    void thereArePages() throws IOException {
        assertThat(pages()).hasSizeGreaterThan(15);
    }
}
