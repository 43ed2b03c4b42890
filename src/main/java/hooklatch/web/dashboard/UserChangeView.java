package hooklatch.web.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change of a user before it is made, as its JSP shows it.
 *
 * @param act the word for it in forms and addresses
 * @param signedIn null = never
 * @param sessions how many browsers the user is signed in with
 * @param self whether it is the visitor
 * @param consequences what will happen, in sentences
 * @param button what stands on the button
 * @param dangerous whether it takes something away
 * @param roles what can be chosen; empty = this is no change of the role
 * @param chosen of the roles
 * @param asksPassword whether it is a new password
 * @param typed reason as it was typed
 * @param problem what is wrong with the reason; empty = nothing
 */
public record UserChangeView(
        String act,
        String title,
        long id,
        String name,
        String role,
        boolean disabled,
        @Nullable Moment signedIn,
        int sessions,
        boolean self,
        List<String> consequences,
        String button,
        boolean dangerous,
        List<String> roles,
        String chosen,
        boolean asksPassword,
        String typed,
        String problem) {
    public UserChangeView {
        consequences = List.copyOf(consequences);
        roles = List.copyOf(roles);
    }
}
