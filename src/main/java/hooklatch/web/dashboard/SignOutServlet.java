package hooklatch.web.dashboard;

import hooklatch.domain.Role;
import hooklatch.domain.Session;
import hooklatch.service.SignIn;
import org.jspecify.annotations.Nullable;

/** {@code POST /dashboard/logout}. Thread-safe. */
final class SignOutServlet extends PageServlet {
    static final String PATH = "/dashboard/logout";

    private static final long serialVersionUID = 1L;

    private final transient SignIn signIn;

    SignOutServlet(Surroundings surroundings, SignIn signIn) {
        super(surroundings, Role.VIEWER);
        this.signIn = signIn;
    }

    @Override
    protected View get(PageRequest request) {
        return View.of("logout", "");
    }

    @Override
    protected Role actors() {
        return Role.VIEWER;
    }

    @Override
    protected Reply post(PageRequest request) {
        @Nullable Session session = request.visitor().session();
        if (session != null) {
            signIn.out(session, request.visitor().actor());
        }
        return Redirect.signingOut(SignInServlet.PATH + "?done=signed-out");
    }
}
