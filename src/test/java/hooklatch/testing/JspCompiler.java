package hooklatch.testing;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.apache.jasper.JspC;
import org.apache.tools.ant.BuildException;
import org.slf4j.LoggerFactory;

/** Compiles all pages of a web application as a container would when they are first asked for. The result is thrown away. */
public final class JspCompiler {
    private JspCompiler() {}

    /**
     * Compiles every JSP and every tag file that one of them uses.
     *
     * @throws IllegalStateException when one is broken; the message names file and line
     */
    public static void compileAll(Path webapp) {
        run(compiler(webapp));
    }

    /** Compiles one page, a path such as {@code WEB-INF/jsp/audit.jsp}. */
    public static void compile(Path webapp, String page) {
        JspC compiler = compiler(webapp);
        compiler.setJspFiles(page);
        run(compiler);
    }

    /** What is wrong, the compiler only logs. */
    private static void run(JspC compiler) {
        Logger log = (Logger) LoggerFactory.getLogger("org.apache.jasper");
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        said.start();
        log.addAppender(said);
        log.setAdditive(false);
        try {
            compiler.execute();
        } catch (BuildException e) {
            String reasons = said.list.stream()
                    .map(event -> event.getThrowableProxy() == null
                            ? event.getFormattedMessage()
                            : event.getThrowableProxy().getMessage())
                    .collect(Collectors.joining("\n"));
            throw new IllegalStateException(e.getMessage() + "\n" + reasons, e);
        } finally {
            log.setAdditive(true);
            log.detachAppender(said);
        }
    }

    private static JspC compiler(Path webapp) {
        JspC compiler = new JspC();
        compiler.setUriroot(webapp.toString());
        compiler.setOutputDir(scratch().toString());
        compiler.setClassPath(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        compiler.setCompile(true);
        compiler.setFailOnError(true);
        compiler.setCompilerSourceVM("17");
        compiler.setCompilerTargetVM("17");
        compiler.setJavaEncoding("UTF-8");
        compiler.setThreadCount("1");
        return compiler;
    }

    private static Path scratch() {
        try {
            return Files.createDirectories(BuildDirectory.path().resolve("jspc"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
