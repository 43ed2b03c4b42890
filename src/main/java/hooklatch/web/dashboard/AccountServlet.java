package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.Json;
import hooklatch.domain.Role;
import hooklatch.domain.Session;
import hooklatch.service.Passwords;
import hooklatch.service.Users;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;

/** {@code /dashboard/account}: one's own role, password and sessions. Thread-safe. */
final class AccountServlet extends PageServlet {
    static final String PATH = "/dashboard/account";

    private static final long serialVersionUID = 1L;
    private final transient Users users;
    private final transient Clock clock;

    AccountServlet(Surroundings surroundings, Users users, Clock clock) {
        super(surroundings, Role.VIEWER);
        this.users = users;
        this.clock = clock;
    }

    @Override
    protected boolean isReadWithToken() {
        return false;
    }

    @Override
    protected Role actors() {
        return Role.VIEWER;
    }

    @Override
    protected View get(PageRequest request) {
        Session session = session(request);
        return View.of("account", Moment.of(session.createdAt(), clock.instant()))
                .with("ends", Moment.of(session.expiresAt(), clock.instant()))
                .withJson(() -> {
                    ObjectNode answer = Json.object();
                    return answer.put("username", session.username())
                            .put("role", session.role().column())
                            .put("signed_in_at", session.createdAt().toString())
                            .put("expires_at", session.expiresAt().toString());
                });
    }

    @Override
    protected Reply post(PageRequest request) {
        return switch (request.parameter("do").orElse("")) {
            case "password" -> changePassword(request);
            case "sign-out" -> {
                users.signOutElsewhere(request.visitor().actor(), session(request));
                yield new Redirect(PATH).saying("You were signed out everywhere else.");
            }
            default -> throw new UnusableParameterException("There is no such change of your account.");
        };
    }

    private Reply changePassword(PageRequest request) {
        String password = request.verbatim("new-password");
        if (!password.equals(request.verbatim("new-password-again"))) {
            return wrong(request, "The new password was not typed the same twice.");
        }
        Optional<String> problem = Passwords.problem(request.visitor().name(), password);
        if (problem.isPresent()) {
            return wrong(request, "The new password " + problem.get() + ".");
        }
        Users.PasswordChange ended = users.changeOwnPassword(
                request.visitor().actor(), session(request), request.verbatim("password"), password);
        if (ended.change() == Users.Change.TOO_EARLY) {
            long seconds = Math.max(1, ended.pause().plusMillis(999).toSeconds());
            return wrong(request, "Too many wrong passwords. Try again in " + seconds + " s.")
                    .tooEarly(seconds);
        }
        return ended.token() != null
                ? Redirect.withSession(PATH, ended.token())
                        .saying("Your password was changed, and you were signed out everywhere else.")
                : wrong(request, "The present password is wrong.");
    }

    private View wrong(PageRequest request, String problem) {
        return get(request).withStatus(400).with("problem", problem);
    }

    private static Session session(PageRequest request) {
        return Objects.requireNonNull(request.visitor().session(), "not read with the token");
    }
}
