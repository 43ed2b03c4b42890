package hooklatch.web.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code layout.tag} shows around every page.
 *
 * @param root the context path, which every link begins with
 * @param username null = nobody is signed in
 * @param formToken what {@code csrf.tag} puts into forms
 * @param banner what is wrong at the moment and concerns every page; null = nothing
 */
public record Frame(
        String root,
        String css,
        String script,
        String icon,
        List<Link> navigation,
        @Nullable String username,
        @Nullable String role,
        String formToken,
        @Nullable String banner) {
    public Frame {
        navigation = List.copyOf(navigation);
    }

    /**
     * One entry of the menu.
     *
     * @param current whether it is the page being shown
     */
    public record Link(String href, String label, boolean current) {}
}
