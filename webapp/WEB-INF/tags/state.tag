<%@ tag description="What stands in the place of a page's content: a heading, and in the body what to do."
        pageEncoding="UTF-8" %>
<%@ attribute name="kind" required="true" description="ok, warn, bad, info or idle" %>
<%@ attribute name="title" required="true" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<section class="state ${fn:escapeXml(kind)}">
  <h2><c:out value="${title}"/></h2>
  <jsp:doBody/>
</section>
