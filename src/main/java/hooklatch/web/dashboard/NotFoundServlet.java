package hooklatch.web.dashboard;

import hooklatch.domain.Role;

/** {@code /dashboard/*} where there is no page. Says so to who is signed in; others learn nothing but how to. Thread-safe. */
final class NotFoundServlet extends PageServlet {
    private static final long serialVersionUID = 1L;

    NotFoundServlet(Surroundings surroundings) {
        super(surroundings, Role.VIEWER);
    }

    @Override
    protected View get(PageRequest request) {
        return View.notFound("There is no page at this address.");
    }

    @Override
    protected Role actors() {
        return Role.VIEWER;
    }

    @Override
    protected Reply post(PageRequest request) {
        return get(request);
    }
}
