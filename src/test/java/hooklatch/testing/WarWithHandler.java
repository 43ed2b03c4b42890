package hooklatch.testing;

import hooklatch.handler.EventHandler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/** The WAR as it is packaged, with a handler in its WEB-INF/lib as the README tells to add one. */
public final class WarWithHandler {

    private WarWithHandler() {}

    /**
     * Writes it; a file that is there is replaced.
     *
     * @param handler a class of the tests without nested ones
     */
    public static void write(Path war, Class<? extends EventHandler> handler) throws IOException {
        Files.copy(BuildDirectory.path().resolve("hooklatch.war"), war, StandardCopyOption.REPLACE_EXISTING);
        String compiled = handler.getName().replace('.', '/') + ".class";
        ByteArrayOutputStream jar = new ByteArrayOutputStream();
        try (JarOutputStream entries = new JarOutputStream(jar)) {
            entries.putNextEntry(new JarEntry("META-INF/services/hooklatch.handler.EventHandler"));
            entries.write(handler.getName().getBytes(StandardCharsets.UTF_8));
            entries.putNextEntry(new JarEntry(compiled));
            entries.write(Files.readAllBytes(
                    BuildDirectory.path().resolve("test-classes").resolve(compiled)));
        }
        try (FileSystem zip = FileSystems.newFileSystem(war)) {
            Files.write(zip.getPath("WEB-INF", "lib", "handler.jar"), jar.toByteArray());
        }
    }
}
