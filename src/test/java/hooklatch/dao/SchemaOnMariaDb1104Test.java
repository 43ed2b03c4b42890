package hooklatch.dao;

import hooklatch.testing.TestServers;

/** The schema on MariaDB 11.4. */
class SchemaOnMariaDb1104Test extends SchemaContractTest {

    @Override
    String newDatabase() {
        return TestServers.get().newDatabase();
    }
}
