package hooklatch.web.dashboard;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hooklatch.testing.BuildDirectory;
import hooklatch.testing.JspCompiler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A page that does not compile must not wait for the first visitor to be found. */
class JspCompilationTest {
    private static final Path WEBAPP = BuildDirectory.path().resolveSibling("webapp");

    @Test
    void everyPageCompiles() {
        assertThatCode(() -> JspCompiler.compileAll(WEBAPP)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<h:layout>no title</h:layout>",
                "<h:nosuchtag/>",
                "<c:if test=\"${1 +}\">x</c:if>",
                "<c:forEach items=\"${view.rows()}\">unclosed",
                "<h:layout title=\"x\"><h:time at=\"yesterday\" never=\"1\"/></h:layout>",
                "<% int scriptlet = 1; %>",
                "${nosuch:function(1)}"
            })
    void aBrokenPageIsFound(String page, @TempDir Path copy) throws IOException {
        copyTree(WEBAPP, copy);
        Files.writeString(copy.resolve("WEB-INF/jsp/broken-page.jsp"), page);
        assertThatThrownBy(() -> JspCompiler.compile(copy, "WEB-INF/jsp/broken-page.jsp"))
                .as(page)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("broken-page.jsp");
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        }
    }
}
