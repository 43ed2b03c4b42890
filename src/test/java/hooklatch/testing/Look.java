package hooklatch.testing;

import com.microsoft.playwright.options.ColorScheme;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What a page is looked at on: how wide the window is, and whether the person wants it light or dark. */
public enum Look {
    PHONE_LIGHT(360, ColorScheme.LIGHT),
    PHONE_DARK(360, ColorScheme.DARK),
    DESK_LIGHT(1440, ColorScheme.LIGHT),
    DESK_DARK(1440, ColorScheme.DARK),
    /** A very wide screen, which shows what lines and tables do with room. */
    WALL_LIGHT(2560, ColorScheme.LIGHT);

    /** The four in which everything must work. */
    public static final Set<Look> FOUR = EnumSet.range(PHONE_LIGHT, DESK_DARK);

    private final int width;
    private final ColorScheme scheme;

    Look(int width, ColorScheme scheme) {
        this.width = width;
        this.scheme = scheme;
    }

    int width() {
        return width;
    }

    ColorScheme scheme() {
        return scheme;
    }

    /** As in {@code 360-dark}. */
    @Override
    public String toString() {
        return width + "-" + scheme.name().toLowerCase(Locale.ROOT);
    }
}
