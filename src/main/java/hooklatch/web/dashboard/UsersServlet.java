package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.Actor;
import hooklatch.domain.Json;
import hooklatch.domain.Role;
import hooklatch.domain.User;
import hooklatch.service.Passwords;
import hooklatch.service.Users;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code /dashboard/users}: who may sign in, and as what; a form for a new user, and links to the changes of others
 * ({@link UserChangeServlet}). Admins only. Thread-safe.
 */
final class UsersServlet extends PageServlet {
    static final String PATH = "/dashboard/users";

    private static final long serialVersionUID = 1L;
    private static final Map<String, String> NOTICES = Map.of(
            "create", "The user was created.",
            "role", "The role was changed; it counts from now on, also where the user is signed in.",
            "disable", "The user was disabled and signed out everywhere.",
            "enable", "The user may sign in again.",
            "password", "The password was changed, and the user signed out everywhere.",
            "sign-out", "The user was signed out everywhere.");

    private final transient Users users;
    private final transient Clock clock;

    UsersServlet(Surroundings surroundings, Users users, Clock clock) {
        super(surroundings, Role.ADMIN);
        this.users = users;
        this.clock = clock;
    }

    @Override
    protected boolean isReadWithToken() {
        return false;
    }

    @Override
    protected Role actors() {
        return Role.ADMIN;
    }

    @Override
    protected View get(PageRequest request) {
        return page(request, "");
    }

    private View page(PageRequest request, String typedName) {
        List<Users.Listed> all = users.all();
        Instant now = clock.instant();
        UsersView view = new UsersView(
                all.stream().map(listed -> row(request, listed, now)).toList(),
                Arrays.stream(Role.values()).map(Role::column).toList(),
                typedName,
                request.verbatim("reason"));
        return View.of("users", view).withJson(() -> json(all));
    }

    @Override
    protected Reply post(PageRequest request) {
        if (request.parameter("do").filter("create"::equals).isEmpty()) {
            throw new UnusableParameterException("There is no such change of a user.");
        }
        Actor actor = request.visitor().actor();
        String typed = request.parameter("username").orElse("");
        Optional<String> name = User.normalName(typed);
        if (name.isEmpty()) {
            return wrong(request, "The user name must have 1 to 64 characters that show.", typed);
        }
        String password = request.verbatim("password");
        Optional<String> problem = Passwords.problem(name.get(), password);
        if (problem.isPresent()) {
            return wrong(request, "The password " + problem.get() + ".", typed);
        }
        String reason = request.parameter("reason").orElse(null);
        if (reason != null && reason.length() > Reason.LONGEST) {
            return wrong(request, "The reason is longer than " + Reason.LONGEST + " characters.", typed);
        }
        Users.Change change = users.create(actor, name.get(), password, role(request), reason);
        return change == Users.Change.DONE ? done("create") : wrong(request, sentence(change), typed);
    }

    /** Where a change ends. */
    static Reply done(String act) {
        return new Redirect(PATH).saying(Objects.requireNonNull(NOTICES.get(act)));
    }

    private View wrong(PageRequest request, String problem, String typedName) {
        return page(request, typedName).withStatus(400).with("problem", problem);
    }

    static String sentence(Users.Change change) {
        return switch (change) {
            case DONE -> "Done.";
            case NO_SUCH_USER -> "There is no such user any more.";
            case NAME_TAKEN -> "There is a user of that name already.";
            case LAST_ADMIN -> "This is the last admin who may sign in: make somebody else an admin first.";
            case WRONG_PASSWORD -> "The password is wrong.";
            case TOO_EARLY -> "Too many wrong passwords. Wait a while.";
        };
    }

    static Role role(PageRequest request) {
        return request.parameter("role")
                .flatMap(Role::named)
                .orElseThrow(() -> new UnusableParameterException("\"role\" must be viewer, operator or admin."));
    }

    private static UsersView.Row row(PageRequest request, Users.Listed listed, Instant now) {
        User user = listed.user();
        Instant signedIn = user.signedInAt();
        return new UsersView.Row(
                user.id(),
                user.name(),
                user.role().column(),
                user.isDisabled(),
                signedIn == null ? null : Moment.of(signedIn, now),
                Moment.of(user.createdAt(), now),
                Moment.of(user.passwordChangedAt(), now),
                listed.sessions(),
                Objects.requireNonNull(request.visitor().session()).userId() == user.id(),
                UserChangeServlet.linksFor(request.root(), user));
    }

    private static JsonNode json(List<Users.Listed> all) {
        ObjectNode answer = Json.object();
        ArrayNode array = answer.putArray("users");
        for (Users.Listed listed : all) {
            User user = listed.user();
            array.addObject()
                    .put("id", user.id())
                    .put("username", user.name())
                    .put("role", user.role().column())
                    .put("disabled", user.isDisabled())
                    .put("created_at", iso(user.createdAt()))
                    .put("password_changed_at", iso(user.passwordChangedAt()))
                    .put("signed_in_at", iso(user.signedInAt()))
                    .put("sessions", listed.sessions());
        }
        return answer;
    }

    private static @Nullable String iso(@Nullable Instant at) {
        return at == null ? null : Moment.of(at, at).iso();
    }
}
