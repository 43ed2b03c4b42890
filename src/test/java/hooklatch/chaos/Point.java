package hooklatch.chaos;

/** Where in the work on a delivery a node can be struck from the outside. */
enum Point {
    /** The claim is on its way to MySQL and does not arrive. */
    CLAIM,
    /** Everything is written, the COMMIT is on its way to MySQL and does not arrive. */
    COMMIT,
    /** MySQL has committed, and its answer does not arrive. */
    COMMITTED,
    /** A 200 is on its way to the provider and does not arrive. */
    ANSWER
}
