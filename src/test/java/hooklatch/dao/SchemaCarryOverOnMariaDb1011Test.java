package hooklatch.dao;

import hooklatch.testing.MariaDb1011Server;

/** Carrying the Node design over on MariaDB 10.11. */
class SchemaCarryOverOnMariaDb1011Test extends SchemaCarryOverContractTest {

    @Override
    String newDatabase() {
        return MariaDb1011Server.newDatabase();
    }
}
