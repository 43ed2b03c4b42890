package hooklatch.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FormEncodingTest {
    @Test
    void parametersAreReadInTheirOrderWithAllTheirValues() {
        assertThat(FormEncoding.parse("a=1&b=%C3%BC+x&a=2&c&=d&&e=f=g"))
                .contains(Map.of(
                        "a",
                        List.of("1", "2"),
                        "b",
                        List.of("ü x"),
                        "c",
                        List.of(""),
                        "",
                        List.of("d"),
                        "e",
                        List.of("f=g")));
        assertThat(FormEncoding.parse(null)).contains(Map.of());
        assertThat(FormEncoding.parse("")).contains(Map.of());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a=%", "a=%2", "a=%zz", "%=1", "a=%ff", "a=%C3", "a=%c0%80", "a=%ed%a0%80", "a=%٢٢", "x&a=%u0041"
            })
    void brokenEscapesAndWhatIsNoUtf8AreRefused(String encoded) {
        assertThat(FormEncoding.parse(encoded)).isEmpty();
    }

    @Test
    void thereIsAnEndToParameters() {
        assertThat(FormEncoding.parse("a=1&".repeat(FormEncoding.MAX_PARAMETERS - 1) + "a=1"))
                .isPresent();
        assertThat(FormEncoding.parse("a=1&".repeat(FormEncoding.MAX_PARAMETERS) + "a=1"))
                .isEmpty();
    }
}
