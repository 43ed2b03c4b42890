package hooklatch.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceAddressTest {
    private static final SourceAddress BEHIND_PROXIES = new SourceAddress(
            List.of(CidrBlock.parse("10.0.0.0/8"), CidrBlock.parse("fd00::/8"), CidrBlock.parse("192.0.2.7")));

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.255.255, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "192.168.4.0/22, 192.168.7.255, true",
        "192.168.4.0/22, 192.168.8.0, false",
        "192.0.2.7, 192.0.2.7, true",
        "192.0.2.7, 192.0.2.8, false",
        "0.0.0.0/0, 203.0.113.1, true",
        "0.0.0.0/0, 2001:db8::1, false",
        "::/0, 203.0.113.1, false",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
        "::ffff:10.0.0.0/104, 10.1.2.3, true",
        "10.0.0.0/8, ::ffff:10.1.2.3, true",
        "fe80::/10, fe80::1%eth0, true"
    })
    void blockContainsWhatSharesItsPrefix(String block, String address, boolean contained) {
        assertThat(CidrBlock.parse(block).contains(IpAddress.parse(address).orElseThrow()))
                .isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0/33",
                "10.0.0.0/",
                "10.0.0.0/-1",
                "10.0.0.1/8",
                "10.0.0/8",
                "10.0.0.256",
                "localhost",
                "example.com/8",
                "::/129",
                "fd00::1/8",
                "::ffff:10.0.0.0/8",
                "dead",
                "1:2",
                "010.0.0.1",
                "",
                "/8",
                "10.0.0.0/8/8"
            })
    void whatIsNoBlockIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CidrBlock.parse(text))
                .withMessageContaining(text);
    }

    @ParameterizedTest
    @CsvSource({
        "203.0.113.5, '198.51.100.1', 203.0.113.5",
        "10.1.1.1, '198.51.100.1', 198.51.100.1",
        "10.1.1.1, '6.6.6.6, 198.51.100.1, 10.2.2.2', 198.51.100.1",
        "10.1.1.1, '198.51.100.1:4711', 198.51.100.1",
        "10.1.1.1, '[2001:db8::5]:4711', 2001:db8:0:0:0:0:0:5",
        "fd00::1, '2001:db8::5', 2001:db8:0:0:0:0:0:5",
        "::ffff:10.1.1.1, '198.51.100.1', 198.51.100.1",
        "192.0.2.7, '10.0.0.1, 10.0.0.2', 10.0.0.1",
        "10.1.1.1, 'unknown, 10.2.2.2', 10.2.2.2",
        "10.1.1.1, 'evil.example.com', 10.1.1.1",
        "10.1.1.1, '', 10.1.1.1"
    })
    void theRightmostHopThatIsNotTrustedIsTheSource(String peer, String forwardedFor, String source) {
        assertThat(BEHIND_PROXIES.of(peer, List.of(forwardedFor))).isEqualTo(source);
    }

    @Test
    void severalHeadersAreOneList() {
        assertThat(BEHIND_PROXIES.of("10.1.1.1", List.of("6.6.6.6", "198.51.100.1", "10.3.3.3")))
                .isEqualTo("198.51.100.1");
    }

    @Test
    void withoutTrustedProxiesTheHeaderIsIgnored() {
        assertThat(new SourceAddress(List.of()).of("10.1.1.1", List.of("198.51.100.1")))
                .isEqualTo("10.1.1.1");
    }
}
