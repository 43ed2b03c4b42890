package hooklatch.service.events;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What in a body tells who somebody is, and how it is recognised. */
enum PersonalData {
    EMAIL("e-mail"),
    PHONE("phone"),
    VPA("VPA"),
    NAME("name"),
    ADDRESS("address"),
    CARD("card"),
    BANK("bank account"),
    IDENTITY("identity"),
    NETWORK("network address"),
    SECRET("secret");

    /** Words of a field's name. */
    private static final Map<String, PersonalData> WORDS = new HashMap<>();

    /** Parts of a field's name that is written in one word; the first that is in it counts. */
    private static final List<Map.Entry<String, PersonalData>> PARTS = List.of(
            Map.entry("email", EMAIL),
            Map.entry("phone", PHONE),
            Map.entry("address", ADDRESS),
            Map.entry("cardholder", NAME),
            Map.entry("cardnumber", CARD),
            Map.entry("accountnumber", BANK),
            Map.entry("secret", SECRET),
            Map.entry("password", SECRET),
            // In one word with what they are of, as in Lieferadresse, Kundenvorname and Telefonnummer.
            Map.entry("adress", ADDRESS),
            Map.entry("anschrift", ADDRESS),
            Map.entry("strasse", ADDRESS),
            Map.entry("vorname", NAME),
            Map.entry("nachname", NAME),
            Map.entry("telefon", PHONE),
            Map.entry("kontonummer", BANK));

    /** How a field's name ends, in a word or two, whose value is an id of the provider's or else tells of somebody. */
    private static final Map<String, PersonalData> ENDINGS = new HashMap<>();

    static {
        words(EMAIL, "email mail emails");
        words(PHONE, "phone phones ph mobile contact tel telephone fax cell msisdn whatsapp");
        words(VPA, "vpa upiid");
        words(
                NAME,
                "name names firstname lastname surname fullname nickname username holder beneficiary signatory fname lname"
                        + " customername");
        words(
                ADDRESS,
                "address addresses street line1 line2 line3 city town postal postcode zip zipcode pincode landmark");
        words(CARD, "last4 lastfour number exp expiry cvc cvv iin bin fingerprint");
        words(BANK, "iban bic swift ifsc routing sortcode");
        words(IDENTITY, "dob birth birthday birthdate ssn pan aadhaar passport gstin taxid taxids");
        words(NETWORK, "ip ipaddress useragent");
        words(SECRET, "secret token password otp");
        // The same in the larger languages of Europe, without their accents.
        words(EMAIL, "correo courriel epost");
        words(
                PHONE,
                "telefon telefono telefone telefoon telnr handy handynummer movil cellulare celular rufnummer puhelin");
        words(
                NAME,
                "vorname vornamen nachname nachnamen familienname kundenname nombre nombres apellido apellidos prenom prenoms"
                        + " nom noms cognome nome naam voornaam achternaam imie nazwisko fornamn efternamn namn navn fornavn"
                        + " etternavn etunimi sukunimi sobrenome kontoinhaber karteninhaber titulaire titular intestatario");
        words(
                ADDRESS,
                "addr addrs stadt wohnort plz postleitzahl hausnummer hausnr direccion domicilio calle ciudad rue ville"
                        + " codepostal indirizzo citta endereco morada rua cidade adres straat woonplaats huisnummer ulica"
                        + " miasto osoite");
        words(
                IDENTITY,
                "geburtsdatum geburtstag naissance nacimiento nascita nascimento personnummer pesel cpf dni steuernummer");
        words(SECRET, "passwort kennwort contrasena");
        endings(ADDRESS, "billto shipto deliverto soldto sendto lieferan rechnungan");
        endings(
                BANK,
                "acct acctno acctnr acctnum acctnumber accountno accountnr accountnum konto kontonr cuenta compte rekening"
                        + " rekeningnummer");
    }

    /** Where such a word and "id" make a name, the value is an id of ours or the provider's, but for these. */
    private static final Set<PersonalData> EVEN_AS_ID = Set.of(EMAIL, PHONE, VPA, IDENTITY);

    /**
     * Last words of names whose values may be long numbers and tell nobody who somebody is. What a shop or a person writes as
     * he likes ({@code receipt}, {@code reference}, {@code created_by}) is not among them.
     */
    private static final Set<String> NUMBERS_OF_THINGS = Set.of(
            "id",
            "ids",
            "at",
            "created",
            "updated",
            "time",
            "timestamp",
            "amount",
            "minor",
            "total",
            "paid",
            "due",
            "fee",
            "tax",
            "rrn",
            "utr",
            "arn",
            "invoice",
            "order",
            "version",
            "ean",
            "gtin",
            "upc",
            "isbn",
            "sku",
            "barcode");

    /** The value of such a field, when it is a number or an id and not a sentence. */
    private static final Pattern ONE_WORD = Pattern.compile("[\\w.:/#-]*+");

    /** Whoever a field that ends so is about: an id of ours or of the provider's, or the name of somebody. Each also with an s. */
    private static final Set<String> SOMEBODY = Set.of(
            "customer",
            "cust",
            "payer",
            "payee",
            "buyer",
            "recipient",
            "shopper",
            "consumer",
            "client",
            "sender",
            "guest",
            "donor",
            "owner",
            "user",
            "member",
            "person",
            "kunde",
            "kundin",
            "kund",
            "klant",
            "klient",
            "cliente",
            "kaufer",
            "kaeufer",
            "acheteur",
            "comprador",
            "empfanger",
            "empfaenger",
            "absender",
            "zahler",
            "benutzer",
            "inhaber",
            "destinataire",
            "destinatario",
            "beneficiario",
            "beneficiaire",
            "payeur",
            "ontvanger",
            "odbiorca",
            "mottagare",
            "usuario",
            "utilisateur",
            "utente",
            "gebruiker");

    private static final Pattern ID = Pattern.compile("[a-z]{2,6}_(?=[a-z_]*+[A-Z\\d])\\w++|(?=\\D*+\\d)[\\w.:/#-]++");

    /** As providers make ids: {@code acct_1NcQ2b}. */
    private static final Pattern ID_OF_PROVIDER = Pattern.compile("[a-z]{2,6}_(?=[a-z_]*+[A-Z\\d])\\w++");

    /** Ends a piece of a text in which an address may stand. */
    private static final String BOUNDARIES = " \t\r\n\"'<>()[]{},;:/?=&|\\";

    /** Nothing of an id, of a decimal or of a path stands before it; of a number with a sign, see the first pattern. */
    private static final String BEGIN = "(?<![\\w+./#-])(?<!\\w[.-]\\()";

    private static final String END = "(?![\\w-])(?![.:,]\\d)";

    private static final String NO_DATE = "(?!0?\\d[ ./-](?:0?\\d|1[0-2])[ ./-](?:19|20)\\d{2}(?!\\d))";

    private static final String NO_AMOUNT = "(?! ?(?:\\d|\\p{Sc}|[A-Z]{3}\\b|(?:kr|z\u0142|K\u010d)(?!\\p{L})))";

    /**
     * Telephone numbers, in a text that is {@linkplain #plain plain}: with a plus, or 00; ten digits as an Indian mobile has
     * them, with 0 or 91 before or not; with an area code, as people group it in America; with the 0 of most other
     * countries, 9 to 13 digits, but for a date; and without it as people group them in France (with dots), Spain, Portugal,
     * Poland, Brazil, Mexico, Russia and China, where that is no amount. Each gap is bounded, so that each takes the same small
     * time from each place.
     */
    private static final List<Pattern> PHONE_NUMBERS = List.of(
            Pattern.compile("(?<![\\w+.-])\\+\\d[\\d ()./-]{6,20}\\d(?![\\w-])"),
            Pattern.compile(BEGIN + "8[ -]?\\(?[3-9]\\d{2}\\)?[ -]\\d{3}[ -]\\d{2}[ -]\\d{2}" + END),
            Pattern.compile(BEGIN + "00[1-9](?:[ ()-]{0,3}\\d){8,13}" + END),
            Pattern.compile(BEGIN + "\\(?(?:\\(?(?:0|0?0?91)[ )-]{1,3}|0|0?0?91)?\\(?[6-9](?:[ ()-]{0,3}\\d){9}" + END),
            Pattern.compile(BEGIN
                    + "(?:1[ .-]{1,2})?(?:\\([2-9]\\d{2}\\)[ .-]{0,2}|[2-9]\\d{2}[ .-])[2-9]\\d{2}[ .-]\\d{4}" + END),
            Pattern.compile(BEGIN + NO_DATE + "\\(?0[1-9](?:[ ()-]{0,3}\\d){7,11}" + END),
            Pattern.compile(BEGIN + NO_DATE + "\\(?0[1-9]\\d{1,4}\\)?[ ]?[./][ ]?\\d(?:[ -]{0,2}\\d){5,9}" + END),
            Pattern.compile(BEGIN + "0[1-9](?:\\.\\d{2}){4}" + END),
            Pattern.compile(BEGIN + "[5-9]\\d{2}[ -]\\d{2}[ -]\\d{2}[ -]\\d{2}" + END),
            Pattern.compile(BEGIN + "(?<!\\d |[A-Z]{3} |\\p{Sc} ?|(?i:total|amount):? )[5-9]\\d{2}([ -])\\d{3}\\1\\d{3}"
                    + END + NO_AMOUNT),
            Pattern.compile(
                    BEGIN + "(?:\\([1-9]\\d\\) ?9?\\d{4}|[1-9]\\d 9\\d{4}|(?:33|55|81) \\d{4})[ -]\\d{4}" + END),
            Pattern.compile(BEGIN + "1[3-9]\\d[ -]\\d{4}[ -]\\d{4}" + END));

    private static final Pattern CARD_NUMBER = Pattern.compile("(?<![\\w.-])[2-6](?:[ ._-]?\\d){13,18}(?![\\w-])");

    /** What stands before the number of a thing in a sentence of ours; nobody's telephone is written so. */
    private static final Pattern NUMBER_OF_THING_COMES = Pattern.compile(
            "(?:\\b(?:order|payment|refund|event|dispute|charge|invoice|amount|total)s?(?: id| no\\.?| number| not found)?"
                    + "|\\border \\d{1,19}, not)[ :#=]{0,2}$",
            Pattern.CASE_INSENSITIVE);

    private static final int LONGEST_WORDS_BEFORE = 48;

    private static final Pattern WORD_BOUNDARY = Pattern.compile("[^\\p{L}\\p{N}]+|(?<=\\p{Ll})(?=\\p{Lu})");
    private static final Pattern ACCENT = Pattern.compile("\\p{M}+");
    private static final int LONGEST_NAME = 200;

    private final String words;

    PersonalData(String words) {
        this.words = words;
    }

    private static void words(PersonalData kind, String words) {
        for (String word : words.split(" ", -1)) {
            WORDS.put(word, kind);
        }
    }

    private static void endings(PersonalData kind, String endings) {
        for (String ending : endings.split(" ", -1)) {
            ENDINGS.put(ending, kind);
        }
    }

    /** What stands in its place. */
    String mask() {
        return "[masked: " + words + "]";
    }

    /** What the value of a field of this name is, as far as the name tells. */
    static Optional<PersonalData> ofName(String name) {
        if (name.length() > LONGEST_NAME) {
            return Optional.empty();
        }
        List<String> words = wordsOf(name);
        boolean isId = !words.isEmpty() && Set.of("id", "ids").contains(words.get(words.size() - 1));
        for (String word : words) {
            PersonalData kind = WORDS.get(word);
            // Of an invoice's or a tracking number nothing is known; a number alone is a card's or an account's.
            boolean vague = word.equals("number") && words.size() > 1;
            if (kind != null && !vague && (!isId || EVEN_AS_ID.contains(kind))) {
                return Optional.of(kind);
            }
        }
        String whole = String.join("", words);
        for (Map.Entry<String, PersonalData> part : PARTS) {
            if (whole.contains(part.getKey()) && (!isId || EVEN_AS_ID.contains(part.getValue()))) {
                return Optional.of(part.getValue());
            }
        }
        return Optional.ofNullable(WORDS.get(whole))
                .filter(kind -> EVEN_AS_ID.contains(kind))
                .or(() -> ofEnding(words));
    }

    private static Optional<PersonalData> ofEnding(List<String> words) {
        int last = words.size() - 1;
        if (last < 0) {
            return Optional.empty();
        }
        PersonalData kind = ENDINGS.get(words.get(last));
        return Optional.ofNullable(
                kind == null && last > 0 ? ENDINGS.get(words.get(last - 1) + words.get(last)) : kind);
    }

    /** Whether a field that is hidden for how its name ends holds nothing but an id of the provider's. */
    static boolean isIdInstead(String name, String text) {
        return ID_OF_PROVIDER.matcher(text).matches() && ofEnding(wordsOf(name)).isPresent();
    }

    /** Whether the text of a field of this name is the name of somebody, as far as can be told by both. */
    static boolean namesSomebody(String name, String text) {
        if (name.length() > LONGEST_NAME || text.isEmpty() || ID.matcher(text).matches()) {
            return false;
        }
        List<String> words = wordsOf(name);
        String last = words.isEmpty() ? "" : words.get(words.size() - 1);
        return SOMEBODY.contains(last)
                || (last.endsWith("s") && SOMEBODY.contains(last.substring(0, last.length() - 1)));
    }

    /** In small letters, without accents. */
    private static List<String> wordsOf(String name) {
        List<String> words = new ArrayList<>();
        String bare = ACCENT.matcher(Normalizer.normalize(name, Normalizer.Form.NFKD))
                .replaceAll("")
                .replace("ß", "ss");
        for (String word : WORD_BOUNDARY.split(bare, -1)) {
            if (!word.isEmpty()) {
                words.add(word.toLowerCase(Locale.ROOT));
            }
        }
        return words;
    }

    /**
     * The text with what looks like an e-mail address, a VPA, a phone or a card number replaced: rather once too often than
     * once too rarely. Takes time in proportion to the text, whatever is in it.
     *
     * @param name of the field, which tells that a long number is the number of a thing
     */
    static String hideIn(String text, String name) {
        String shown = hideAddresses(text);
        if (isNumberOfThing(name) && ONE_WORD.matcher(shown).matches()) {
            return shown;
        }
        shown = hide(shown, CARD_NUMBER, CARD, (plain, found) -> hasCheckDigit(found.group()));
        for (Pattern phone : PHONE_NUMBERS) {
            shown = hide(shown, phone, PHONE, (plain, found) -> !isNumberOfThing(plain, found));
        }
        return shown;
    }

    /** Looks at the text as if it were plain, and replaces in the text as it is. */
    private static String hide(
            String text, Pattern pattern, PersonalData kind, BiPredicate<String, MatchResult> isMeant) {
        String plain = plain(text);
        Matcher matcher = pattern.matcher(plain);
        StringBuilder shown = new StringBuilder();
        int done = 0;
        while (matcher.find()) {
            if (isMeant.test(plain, matcher)) {
                shown.append(text, done, matcher.start()).append(kind.mask());
                done = matcher.end();
            }
        }
        return done == 0 ? text : shown.append(text, done, text.length()).toString();
    }

    /**
     * The text with each digit of whatever script, blank and dash as ASCII has it, letter by letter: nothing moves. What
     * cannot be seen counts as a blank.
     */
    private static String plain(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            plain.append(
                    c < 0x80
                            ? c
                            : switch (Character.getType(c)) {
                                case Character.DECIMAL_DIGIT_NUMBER -> (char) ('0' + Character.digit(c, 10));
                                case Character.SPACE_SEPARATOR, Character.FORMAT -> ' ';
                                case Character.DASH_PUNCTUATION -> '-';
                                default -> c;
                            });
        }
        return plain.toString();
    }

    /** "Order not found: 9000000001": one number without gaps, where the sentence speaks of a thing. */
    private static boolean isNumberOfThing(String text, MatchResult found) {
        return found.group().chars().allMatch(c -> c >= '0' && c <= '9')
                && NUMBER_OF_THING_COMES
                        .matcher(text.substring(Math.max(0, found.start() - LONGEST_WORDS_BEFORE), found.start()))
                        .find();
    }

    private static boolean isNumberOfThing(String name) {
        List<String> words = name.length() > LONGEST_NAME ? List.of() : wordsOf(name);
        return !words.isEmpty() && NUMBERS_OF_THINGS.contains(words.get(words.size() - 1));
    }

    /** Piece by piece, and not by a pattern: on a long text that almost matches, one would try again from each letter. */
    private static String hideAddresses(String text) {
        if (text.indexOf('@') < 0 && !text.contains("%40")) {
            return text;
        }
        StringBuilder shown = new StringBuilder(text.length());
        int begin = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || BOUNDARIES.indexOf(text.charAt(i)) >= 0) {
                String piece = text.substring(begin, i);
                shown.append(isAddress(piece) ? EMAIL.mask() : piece);
                if (i < text.length()) {
                    shown.append(text.charAt(i));
                }
                begin = i + 1;
            }
        }
        return shown.toString();
    }

    private static boolean isAddress(String piece) {
        int at = piece.indexOf('@');
        int encoded = piece.indexOf("%40");
        return (at > 0 && at < piece.length() - 1) || (encoded > 0 && encoded < piece.length() - "%40".length());
    }

    /** Luhn's sum, as card numbers have it. */
    private static boolean hasCheckDigit(String number) {
        int sum = 0;
        boolean twice = false;
        for (int i = number.length() - 1; i >= 0; i--) {
            int digit = number.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                continue;
            }
            int value = twice ? digit * 2 : digit;
            sum += value > 9 ? value - 9 : value;
            twice = !twice;
        }
        return sum % 10 == 0;
    }
}
