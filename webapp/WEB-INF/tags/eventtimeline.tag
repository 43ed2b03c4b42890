<%@ tag description="Every attempt at an event (deliveries, retries, replays), in the order in which they began."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="view" required="true" type="hooklatch.web.dashboard.EventView" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<%@ taglib prefix="h" tagdir="/WEB-INF/tags" %>
<c:choose>
  <c:when test="${empty view.timeline()}">
    <p>The log has none. It is written behind: what a crash loses is its tail, and rows older than the retention are gone.</p>
  </c:when>
  <c:otherwise>
    <h:table caption="${view.timelineCount()}, in the order in which they began" id="timeline-rows" live="false">
      <thead><tr><th scope="col">Time</th><th scope="col">By</th><th scope="col">Outcome</th><th scope="col" class="number">Answer</th>
        <th scope="col" class="number">Took</th><th scope="col" class="number">Lock wait</th><th scope="col">Node</th></tr></thead>
      <tbody>
        <c:forEach var="row" items="${view.timeline()}">
          <tr data-key="${fn:escapeXml(row.key())}">
            <td data-label="Time"><h:time at="${row.at()}" exact="true"/></td>
            <td data-label="By"><c:choose>
              <c:when test="${not empty row.originHref()}"><a href="${fn:escapeXml(row.originHref())}"><c:out value="${row.origin()}"/></a></c:when>
              <c:otherwise><c:out value="${row.origin()}"/></c:otherwise></c:choose>
              <c:if test="${not empty row.who()}"><small>by <c:out value="${row.who()}"/></small></c:if></td>
            <td data-label="Outcome"><h:badge kind="${row.kind()}" text="${row.outcome()}"/></td>
            <td data-label="Answer" class="number"><c:out value="${row.httpStatus()}"/></td>
            <td data-label="Took" class="number"><c:out value="${row.duration()}"/></td>
            <td data-label="Lock wait" class="number"><c:out value="${row.lockWait()}"/></td>
            <td data-label="Node"><c:out value="${row.node()}"/></td>
          </tr>
        </c:forEach>
      </tbody>
    </h:table>
    <c:if test="${view.timelinePages().isNeeded()}">
      <nav class="pager" aria-label="Further attempts">
        <c:if test="${not empty view.timelinePages().earlier()}"><a class="button" href="${fn:escapeXml(view.timelinePages().first())}">« First</a>
          <a class="button" rel="prev" href="${fn:escapeXml(view.timelinePages().earlier())}">‹ Earlier</a></c:if>
        <c:if test="${not empty view.timelinePages().later()}"><a class="button" rel="next" href="${fn:escapeXml(view.timelinePages().later())}">Later ›</a>
          <a class="button" href="${fn:escapeXml(view.timelinePages().last())}">Last »</a></c:if>
      </nav>
    </c:if>
  </c:otherwise>
</c:choose>
