<%@ tag description="The way to the newest rows and to older ones."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="first" description="link to the first page; empty = this is it" %>
<%@ attribute name="next" description="link to the next page; empty = this is the last" %>
<%@ attribute name="older" description="what the next page has" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<c:if test="${not empty first or not empty next}">
<nav class="pager" aria-label="Further rows">
  <c:if test="${not empty first}"><a class="button" href="${fn:escapeXml(first)}">« Newest</a></c:if>
  <c:choose>
    <c:when test="${not empty next}"><a class="button" rel="next" href="${fn:escapeXml(next)}"><c:out value="${empty older ? 'Older' : older}"/> »</a></c:when>
    <c:otherwise><span class="end">This is the end of the list.</span></c:otherwise>
  </c:choose>
</nav>
</c:if>
