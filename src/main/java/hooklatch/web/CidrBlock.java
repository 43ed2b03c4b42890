package hooklatch.web;

import java.net.InetAddress;

/**
 * A block of IP addresses, such as {@code 10.0.0.0/8} or {@code fd00::/8}; an address alone is a block of one. IPv4
 * addresses mapped into IPv6 are treated as IPv4. Immutable.
 */
public final class CidrBlock {
    private final InetAddress network;
    private final int prefixBits;

    private CidrBlock(InetAddress network, int prefixBits) {
        this.network = network;
        this.prefixBits = prefixBits;
    }

    /**
     * Reads a block.
     *
     * @throws IllegalArgumentException when the text is no block, or has bits set beyond its prefix, which is more often a
     *     slip than a wish
     */
    public static CidrBlock parse(String text) {
        int slash = text.indexOf('/');
        String digits = slash < 0 ? text : text.substring(0, slash);
        InetAddress network = IpAddress.parse(digits)
                .orElseThrow(() -> new IllegalArgumentException("\"" + text + "\" is not an IP address or CIDR block"));
        int bits = network.getAddress().length * 8;
        int prefix = slash < 0 ? bits : prefix(text, text.substring(slash + 1), digits, bits);
        if (prefix < 0 || prefix > bits) {
            throw new IllegalArgumentException("\"" + text + "\" has a prefix outside 0 to " + bits);
        }
        CidrBlock block = new CidrBlock(network, prefix);
        if (!block.hasNoHostBits()) {
            throw new IllegalArgumentException("\"" + text + "\" has address bits beyond its prefix");
        }
        return block;
    }

    private static int prefix(String text, String written, String digits, int bits) {
        if (!written.matches("\\d{1,3}")) {
            throw new IllegalArgumentException("\"" + text + "\" is not an IP address or CIDR block");
        }
        boolean mapped = bits == 32 && digits.indexOf(':') >= 0;
        return Integer.parseInt(written) - (mapped ? 96 : 0);
    }

    /** Whether the address lies in this block; an address of the other family never does. */
    public boolean contains(InetAddress address) {
        byte[] mine = network.getAddress();
        byte[] theirs = address.getAddress();
        if (mine.length != theirs.length) {
            return false;
        }
        for (int i = 0; i < mine.length; i++) {
            if (((mine[i] ^ theirs[i]) & mask(i)) != 0) {
                return false;
            }
        }
        return true;
    }

    private boolean hasNoHostBits() {
        byte[] mine = network.getAddress();
        for (int i = 0; i < mine.length; i++) {
            if ((mine[i] & ~mask(i) & 0xFF) != 0) {
                return false;
            }
        }
        return true;
    }

    /** The bits of byte {@code i} that belong to the prefix. */
    private int mask(int i) {
        int bits = Math.max(0, Math.min(8, prefixBits - 8 * i));
        return (0xFF << (8 - bits)) & 0xFF;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CidrBlock that && prefixBits == that.prefixBits && network.equals(that.network);
    }

    @Override
    public int hashCode() {
        return network.hashCode() * 31 + prefixBits;
    }

    @Override
    public String toString() {
        return network.getHostAddress() + "/" + prefixBits;
    }
}
