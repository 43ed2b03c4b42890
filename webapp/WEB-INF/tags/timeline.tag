<%@ tag description="What happened to an order, the newest first." pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="entries" required="true" type="java.util.List" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<%@ taglib prefix="h" tagdir="/WEB-INF/tags" %>
<h:table caption="Events and actions, the newest first" id="timeline">
  <thead><tr><th scope="col">Time</th><th scope="col">Status</th><th scope="col">What</th><th scope="col">Event</th></tr></thead>
  <tbody><c:forEach var="entry" items="${entries}"><tr>
    <td data-label="Time"><h:time at="${entry.at()}" exact="true"/></td>
    <td data-label="Status"><h:badge kind="${entry.kind()}" text="${entry.status()}"/></td>
    <td data-label="What" class="long"><c:out value="${entry.what()}"/><c:if
      test="${not empty entry.job()}">&#32;<a href="${fn:escapeXml(entry.job().href())}">group replay no.&#160;<c:out value="${entry.job().id()}"/></a></c:if><c:if
      test="${not empty entry.more()}"><span class="details"><c:out value="${entry.more()}"/></span></c:if></td>
    <td data-label="Event"><c:if test="${not empty entry.id()}"><h:id value="${entry.id()}" href="${entry.href()}"/></c:if></td>
  </tr></c:forEach></tbody>
</h:table>
