<%@ tag description="What an action does, and the form that does it, folded away until it is asked for. Its body is both."
        pageEncoding="UTF-8" %>
<%@ attribute name="title" required="true" description="what one opens, such as Stop…" %>
<%@ attribute name="open" type="java.lang.Boolean" description="true = unfolded, for example when something about the form is wrong" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<c:choose>
  <c:when test="${open}"><details class="card consequences" open><summary><c:out value="${title}"/></summary><jsp:doBody/></details></c:when>
  <c:otherwise><details class="card consequences"><summary><c:out value="${title}"/></summary><jsp:doBody/></details></c:otherwise>
</c:choose>
