package hooklatch.web.dashboard;

import hooklatch.domain.Actor;
import hooklatch.domain.Role;
import hooklatch.domain.User;
import hooklatch.service.Passwords;
import hooklatch.service.Users;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code /dashboard/users/change?do=…&id=…}: explains what a change of a user does, asks why, and makes it. Admins only.
 * Thread-safe.
 */
final class UserChangeServlet extends PageServlet {
    static final String PATH = UsersServlet.PATH + "/change";

    private static final long serialVersionUID = 1L;

    private final transient Users users;
    private final transient Clock clock;

    UserChangeServlet(Surroundings surroundings, Users users, Clock clock) {
        super(surroundings, Role.ADMIN);
        this.users = users;
        this.clock = clock;
    }

    /** The changes, by the word that forms and addresses have for them. */
    private enum Act {
        ROLE("role", "Role…", "Give a user another role", "Set the role", false),
        DISABLE("disable", "Disable…", "Disable a user", "Disable the user", true),
        ENABLE("enable", "Enable…", "Enable a user", "Enable the user", false),
        PASSWORD("password", "Password…", "Give a user a new password", "Set the password", true),
        SIGN_OUT("sign-out", "Sign out…", "Sign a user out everywhere", "Sign out everywhere", true);

        private final String word;
        private final String link;
        private final String title;
        private final String button;
        private final boolean dangerous;

        Act(String word, String link, String title, String button, boolean dangerous) {
            this.word = word;
            this.link = link;
            this.title = title;
            this.button = button;
            this.dangerous = dangerous;
        }

        static Act named(String word) {
            return Arrays.stream(values())
                    .filter(act -> act.word.equals(word))
                    .findAny()
                    .orElseThrow(() -> new UnusableParameterException("There is no such change of a user."));
        }
    }

    /** The ways to what can be changed of a user. */
    static List<UsersView.Change> linksFor(String root, User user) {
        return Arrays.stream(Act.values())
                .filter(act -> act != (user.isDisabled() ? Act.DISABLE : Act.ENABLE))
                .map(act -> new UsersView.Change(
                        act.link,
                        Link.to(root + PATH)
                                .with("do", act.word)
                                .with("id", user.id())
                                .toString()))
                .toList();
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
    protected List<String> placeFields() {
        return List.of("do", "id");
    }

    @Override
    protected Trace trace(PageRequest request, String form) {
        return new Trace(UsersServlet.PATH, "Look at the users");
    }

    @Override
    protected View get(PageRequest request) {
        return question(request, "");
    }

    @Override
    protected Reply post(PageRequest request) {
        Act act = act(request);
        long id = id(request);
        Reason reason = Reason.of(request, "Say why: the reason is kept in the audit log.");
        if (reason.problem() != null) {
            return question(request, reason.problem()).withStatus(400);
        }
        String password = request.verbatim("password");
        if (act == Act.PASSWORD) {
            Optional<String> problem =
                    user(id).flatMap(listed -> Passwords.problem(listed.user().name(), password));
            if (problem.isPresent()) {
                return wrong(request, "The password " + problem.get() + ".");
            }
        }
        Actor actor = request.visitor().actor();
        Users.Change change = switch (act) {
            case ROLE -> users.setRole(actor, id, UsersServlet.role(request), reason.text());
            case DISABLE -> users.disable(actor, id, reason.text());
            case ENABLE -> users.enable(actor, id, reason.text());
            case PASSWORD -> users.resetPassword(actor, id, password, reason.text());
            case SIGN_OUT -> users.signOutEverywhere(actor, id, reason.text());
        };
        return change == Users.Change.DONE
                ? UsersServlet.done(act.word)
                : wrong(request, UsersServlet.sentence(change));
    }

    private View wrong(PageRequest request, String problem) {
        return question(request, "").withStatus(400).with("problem", problem);
    }

    /** @param problem what is wrong with the reason; empty = nothing */
    private View question(PageRequest request, String problem) {
        Act act = act(request);
        return user(id(request))
                .map(listed -> View.of("user-change", view(request, act, listed, problem)))
                .orElseGet(() -> View.notFound("There is no such user any more."));
    }

    private Optional<Users.Listed> user(long id) {
        return users.all().stream().filter(listed -> listed.user().id() == id).findAny();
    }

    private UserChangeView view(PageRequest request, Act act, Users.Listed listed, String problem) {
        User user = listed.user();
        Instant now = clock.instant();
        @Nullable Instant signedIn = user.signedInAt();
        boolean self = Objects.requireNonNull(request.visitor().session()).userId() == user.id();
        boolean setsRole = act == Act.ROLE;
        return new UserChangeView(
                act.word,
                act.title,
                user.id(),
                user.name(),
                user.role().column(),
                user.isDisabled(),
                signedIn == null ? null : Moment.of(signedIn, now),
                listed.sessions(),
                self,
                consequences(act, user.name(), listed.sessions(), self),
                act.button,
                act.dangerous,
                setsRole ? Arrays.stream(Role.values()).map(Role::column).toList() : List.of(),
                setsRole ? request.parameter("role").orElse(user.role().column()) : "",
                act == Act.PASSWORD,
                request.verbatim("reason"),
                problem);
    }

    private static List<String> consequences(Act act, String name, int sessions, boolean self) {
        String browsers = sessions == 0
                ? name + " is signed in nowhere at the moment."
                : name + " is signed out at once, everywhere (" + Amounts.countOf(sessions, "browser", "browsers")
                        + " now)" + (self ? ", and that is you." : ".");
        return switch (act) {
            case ROLE ->
                List.of(
                        "The role counts at once, also where " + name + " is signed in.",
                        "A viewer reads; an operator also replays, releases locks and reveals payloads; an admin also"
                                + " manages users.");
            case DISABLE ->
                List.of(
                        browsers,
                        name + " cannot sign in any more until an admin enables the user again.",
                        "What " + name + " has done stays, in the audit log and elsewhere, with this name.");
            case ENABLE -> List.of(name + " can sign in again, with the password and the role as before.");
            case PASSWORD ->
                List.of(
                        "The present password counts no more.",
                        browsers,
                        "Tell " + name + " the new one yourself: it is shown and sent nowhere.");
            case SIGN_OUT ->
                List.of(
                        browsers,
                        name
                                + " can sign in again with the same password. Does somebody else know it? Then set a new one"
                                + " instead, which signs out as well.");
        };
    }

    private static Act act(PageRequest request) {
        return Act.named(request.parameter("do").orElse(""));
    }

    private static long id(PageRequest request) {
        String id = request.parameter("id").orElse("");
        if (!id.matches("\\d{1,18}")) {
            throw new UnusableParameterException("\"id\" must be the number of a user.");
        }
        return Long.parseLong(id);
    }
}
