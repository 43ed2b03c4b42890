package hooklatch.web.dashboard;

import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * What every page needs beside its own service.
 *
 * @param staticLink the address of a static file, with its version
 * @param storageIsThere whether the schema is there, without which no page has anything to show
 */
public record Surroundings(Gate gate, Banner banner, UnaryOperator<String> staticLink, BooleanSupplier storageIsThere) {
    Renderer renderer() {
        return new Renderer(gate, banner, staticLink);
    }
}
