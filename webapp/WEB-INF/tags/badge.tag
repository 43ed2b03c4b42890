<%@ tag description="A status in a word, with a sign beside it, so that it does not depend on colour."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="kind" required="true" description="ok, warn, bad, info or idle" %>
<%@ attribute name="text" required="true" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<span class="badge ${fn:escapeXml(kind)}"><span aria-hidden="true"><c:choose>
  <c:when test="${kind eq 'ok'}">✓</c:when>
  <c:when test="${kind eq 'warn'}">!</c:when>
  <c:when test="${kind eq 'bad'}">✕</c:when>
  <c:when test="${kind eq 'info'}">i</c:when>
  <c:otherwise>–</c:otherwise>
</c:choose></span> <c:out value="${text}"/></span>
