package hooklatch.dao;

import hooklatch.testing.TestServers;

/** Carrying the Node design over on MariaDB 11.4. */
class SchemaCarryOverOnMariaDb1104Test extends SchemaCarryOverContractTest {

    @Override
    String newDatabase() {
        return TestServers.get().newDatabase();
    }
}
