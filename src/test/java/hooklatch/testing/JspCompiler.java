package hooklatch.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.jasper.JasperException;
import org.apache.jasper.JspC;

/** Compiles all pages of a web application as a container would when they are first asked for. The result is thrown away. */
public final class JspCompiler {
    private JspCompiler() {}

    /**
     * Compiles every JSP and every tag file that one of them uses.
     *
     * @throws JasperException when one is broken; the message names file and line
     */
    public static void compileAll(Path webapp) throws JasperException {
        compiler(webapp).execute();
    }

    /** Compiles one page, a path such as {@code WEB-INF/jsp/audit.jsp}. */
    public static void compile(Path webapp, String page) throws JasperException {
        JspC compiler = compiler(webapp);
        compiler.setJspFiles(page);
        compiler.execute();
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
            return Files.createTempDirectory(BuildDirectory.path(), "jspc");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
