package hooklatch.fuzz;

import java.util.List;
import java.util.Random;

/** Texts that have hurt somebody before. None holds a word by which {@link Oracle} knows a leak. */
final class Hostile {
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "null",
            "true",
            "0",
            "-1",
            "1e9",
            "0x10",
            "NaN",
            "9223372036854775807",
            "9223372036854775808",
            "99999999999999999999999999",
            "１２",
            "42abc",
            "17.4",
            "\u0000",
            "a\u0000b",
            "a\r\nSet-Cookie: x=y\r\n\r\nb",
            "a\nERROR forged",
            "\u001b[31mred\u001b[0m",
            "\u0085\u2028\u2029",
            "\u202etxt.exe",
            "\ud800",
            "x\udc00y",
            "\ud83d\ude00",
            "注文-2002",
            "İıſK",
            "%s%n%d{}{}",
            "${jndi:ldap://127.0.0.1/x}",
            "#{7*7}${7*7}",
            "' OR '1'='1",
            "\"; DROP TABLE x; --",
            "\\",
            "`",
            "<script>alert(1)</script>",
            "\"><img src=x onerror=hx()>",
            "../../../../etc/passwd",
            "..%2f..%2f",
            "//127.0.0.1/",
            "/\\127.0.0.1",
            "http://127.0.0.1/",
            "x".repeat(256),
            "é".repeat(300),
            "A".repeat(5_000));

    private Hostile() {}

    static String text(Random random) {
        return TEXTS.get(random.nextInt(TEXTS.size()));
    }

    /** Any characters at all, few. */
    static String noise(Random random) {
        StringBuilder noise = new StringBuilder();
        for (int i = random.nextInt(24); i >= 0; i--) {
            int range = random.nextInt(4);
            noise.append((char) (range == 0 ? random.nextInt(0x20) : random.nextInt(range == 1 ? 0x10000 : 0x7F)));
        }
        return noise.toString();
    }
}
