package hooklatch.dao;

import hooklatch.testing.MariaDb1011Server;

/** The schema on MariaDB 10.11, where that is installed. */
class SchemaOnMariaDb1011Test extends SchemaContractTest {

    @Override
    String newDatabase() {
        return MariaDb1011Server.newDatabase();
    }
}
