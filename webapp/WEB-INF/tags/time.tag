<%@ tag description="A time: how long ago, with the exact time when pointed at, or the exact time itself."
        pageEncoding="UTF-8" body-content="empty" trimDirectiveWhitespaces="true" %>
<%@ attribute name="at" required="true" type="hooklatch.web.dashboard.Moment" %>
<%@ attribute name="exact" type="java.lang.Boolean" description="true = the exact time, with how long ago when pointed at" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<c:choose>
  <c:when test="${exact}"><time datetime="${fn:escapeXml(at.iso())}" title="${fn:escapeXml(at.relative())}"><c:out value="${at.exact()}"/></time></c:when>
  <c:otherwise><time datetime="${fn:escapeXml(at.iso())}" title="${fn:escapeXml(at.exact())}"><c:out value="${at.relative()}"/></time></c:otherwise>
</c:choose>
