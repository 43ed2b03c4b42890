<%@ tag description="A list without rows: nothing matches (with clear), or nothing yet (with a body that says how something would come)."
        pageEncoding="UTF-8" %>
<%@ attribute name="title" required="true" %>
<%@ attribute name="clear" description="link to the page without filters" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<%@ taglib prefix="h" tagdir="/WEB-INF/tags" %>
<h:state kind="idle" title="${title}">
  <jsp:doBody/>
  <c:if test="${not empty clear}"><p><a class="button" href="${fn:escapeXml(clear)}">Clear filters</a></p></c:if>
</h:state>
