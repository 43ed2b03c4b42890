package hooklatch.chaos;

/** What a node's proxies stand on. */
enum Way {
    TO_MYSQL("way to MySQL"),
    TO_REDIS("way to Redis"),
    FROM_PROVIDERS("way from the providers");

    private final String title;

    Way(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}
