package hooklatch.web;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * {@code GET /static/…}: the style sheet, the script and the icon, read once. Pages link to them with a version that changes
 * with the content ({@link #link}), so browsers keep them for good and still never have an old one. Thread-safe.
 */
public final class StaticFiles extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final String DIRECTORY = "/static/";
    private static final int VERSION_LENGTH = 12;
    private static final Map<String, String> TYPES = Map.of(
            "css", "text/css;charset=UTF-8",
            "js", "text/javascript;charset=UTF-8",
            "svg", "image/svg+xml",
            "png", "image/png");

    private final transient Map<String, File> files = new LinkedHashMap<>();

    private static final class File {
        private final byte[] content;
        private final String type;
        private final String version;

        File(byte[] content, String type) {
            this.content = content;
            this.type = type;
            this.version = version(content);
        }
    }

    /**
     * Reads the files.
     *
     * @throws IllegalStateException when there is one whose type is not known
     */
    public StaticFiles(ServletContext context) {
        Set<String> paths = context.getResourcePaths(DIRECTORY);
        for (String path : paths == null ? Set.<String>of() : paths) {
            String type = TYPES.get(path.substring(path.lastIndexOf('.') + 1));
            if (type == null) {
                throw new IllegalStateException("no content type is known for " + path);
            }
            files.put(path, new File(read(context, path), type));
        }
    }

    /**
     * The address of a file below the context path, with its version.
     *
     * @param name for example {@code app.css}
     */
    public String link(String name) {
        File file = files.get(DIRECTORY + name);
        if (file == null) {
            throw new IllegalArgumentException("no file " + DIRECTORY + name);
        }
        return DIRECTORY + name + "?v=" + file.version;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (!request.getMethod().equals("GET") && !request.getMethod().equals("HEAD")) {
            Answers.error(405, "Method not allowed").withAllow("GET, HEAD").writeTo(response);
            return;
        }
        File file = files.get(request.getServletPath() + (request.getPathInfo() == null ? "" : request.getPathInfo()));
        if (file == null) {
            Answers.error(404, "Not found").writeTo(response);
            return;
        }
        boolean forGood = file.version.equals(request.getParameter("v"));
        String tag = '"' + file.version + '"';
        response.setHeader("Cache-Control", forGood ? "public, max-age=31536000, immutable" : "no-cache");
        response.setHeader("ETag", tag);
        if (tag.equals(request.getHeader("If-None-Match"))) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
        }
        response.setContentType(file.type);
        response.setContentLength(file.content.length);
        response.getOutputStream().write(file.content);
    }

    private static byte[] read(ServletContext context, String path) {
        try (InputStream bytes = context.getResourceAsStream(path)) {
            if (bytes == null) {
                throw new IllegalStateException(path + " was listed and is not there");
            }
            return bytes.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String version(byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return Base64.getUrlEncoder().encodeToString(digest).substring(0, VERSION_LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
