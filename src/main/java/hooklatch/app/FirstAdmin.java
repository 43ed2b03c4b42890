package hooklatch.app;

import hooklatch.dao.StorageException;
import hooklatch.service.Passwords;
import hooklatch.service.Users;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The user that the configuration names, once in the life of the application. For one thread. */
final class FirstAdmin {
    private static final Logger log = LoggerFactory.getLogger(FirstAdmin.class);

    private final AppConfig.AdminConfig config;
    private final Users users;
    private boolean warned;
    private boolean done;

    FirstAdmin(AppConfig.AdminConfig config, Users users) {
        this.config = config;
        this.users = users;
    }

    private void warnOfWeakness(String name, String password) {
        if (!warned && !Passwords.isHash(password)) {
            Passwords.problem(name, password)
                    .ifPresent(problem -> log.warn(
                            "DASHBOARD_ADMIN_PASSWORD is weak, whoever guesses it can replay events and see payloads:"
                                    + " a password {}. Sign in and set another one",
                            problem));
        }
        warned = true;
    }

    /** Does it, unless it is done; to be called again when MySQL did not answer. */
    void create() {
        String name = config.user();
        String password = config.password();
        if (done || name == null || password == null) {
            return;
        }
        try {
            warnOfWeakness(name, password);
            users.createFirstAdmin(name, password, config.reset());
            done = true;
        } catch (StorageException e) {
            log.debug("the first admin has to wait for MySQL: {}", e.getMessage());
        }
    }
}
