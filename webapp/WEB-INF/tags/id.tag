<%@ tag description="An id that can be copied; long ones break anywhere."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="value" required="true" %>
<%@ attribute name="href" description="where it leads; without, it is text" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<span class="id"><c:choose>
  <c:when test="${not empty href}"><a href="${fn:escapeXml(href)}"><code><c:out value="${value}"/></code></a></c:when>
  <c:otherwise><code><c:out value="${value}"/></code></c:otherwise>
</c:choose><button type="button" class="copy" data-copy="${fn:escapeXml(value)}" aria-label="Copy ${fn:escapeXml(value)}" hidden>Copy</button></span>
