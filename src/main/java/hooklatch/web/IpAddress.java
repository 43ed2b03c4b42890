package hooklatch.web;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads IP addresses written as digits. Never asks a name server, whatever the text is. */
final class IpAddress {
    private static final Pattern V4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    /** Begins with a hexadecimal digit or a colon, so that {@link InetAddress} takes it for a literal or refuses it. */
    private static final Pattern V6 = Pattern.compile("(?=.*:)[0-9a-fA-F:][0-9a-fA-F:.]*");

    private IpAddress() {}

    /** The address, or empty when the text is none. An IPv4 address mapped into IPv6 becomes the IPv4 address. */
    static Optional<InetAddress> parse(String text) {
        int zone = text.indexOf('%');
        String digits = zone < 0 ? text : text.substring(0, zone);
        try {
            if (V4.matcher(digits).matches()) {
                return Optional.of(InetAddress.getByAddress(v4(digits)));
            }
            if (V6.matcher(digits).matches()) {
                return Optional.of(InetAddress.getByName(digits));
            }
            return Optional.empty();
        } catch (UnknownHostException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static byte[] v4(String digits) {
        String[] parts = digits.split("\\.", -1);
        byte[] bytes = new byte[4];
        for (int i = 0; i < bytes.length; i++) {
            int value = Integer.parseInt(parts[i]);
            boolean octalLooking = parts[i].length() > 1 && parts[i].charAt(0) == '0';
            if (value > 255 || octalLooking) {
                throw new IllegalArgumentException("not an IPv4 address");
            }
            bytes[i] = (byte) value;
        }
        return bytes;
    }
}
