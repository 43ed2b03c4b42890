package hooklatch.service.events;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BidiControlsTest {
    @Test
    void whatTurnsTextRoundIsSeenAndRightToLeftScriptsStay() {
        assertThat(BidiControls.escaped("paid \u202e00.01\u202c, \u2066x\u2069"))
                .isEqualTo("paid \\u202e00.01\\u202c, \\u2066x\\u2069");
        assertThat(BidiControls.escaped("שלום $1 \\ é")).isEqualTo("שלום $1 \\ é");
        assertThat(ShownReason.of("declined \u202edenialced")).isEqualTo("declined \\u202edenialced");
    }
}
