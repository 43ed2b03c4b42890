<%@ tag description="The way to newer and older events, and to either end."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="pages" required="true" type="hooklatch.web.dashboard.EventsView.Pages" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<c:if test="${pages.isNeeded()}">
<nav class="pager" aria-label="Further events">
  <c:if test="${not empty pages.newer()}">
    <a class="button" href="${fn:escapeXml(pages.newest())}">« Newest</a>
    <a class="button" rel="prev" href="${fn:escapeXml(pages.newer())}">‹ Newer</a>
  </c:if>
  <c:choose>
    <c:when test="${not empty pages.older()}"><a class="button" rel="next" href="${fn:escapeXml(pages.older())}">Older ›</a></c:when>
    <c:otherwise><span class="end">This is the end of the list.</span></c:otherwise>
  </c:choose>
  <c:if test="${not empty pages.oldest()}"><a class="button" href="${fn:escapeXml(pages.oldest())}">Oldest »</a></c:if>
</nav>
</c:if>
