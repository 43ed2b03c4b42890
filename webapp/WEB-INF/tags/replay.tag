<%@ tag description="The way to the replay of an event, or why there is none. For the page of an event and lists of events."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="provider" required="true" %>
<%@ attribute name="eventId" required="true" %>
<%@ attribute name="obstacle" description="why it cannot be replayed now; empty = it can" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<c:url var="replayLink" value="/dashboard/replay">
  <c:param name="provider" value="${provider}"/>
  <c:param name="event_id" value="${eventId}"/>
</c:url>
<c:choose>
  <c:when test="${empty obstacle}"><a class="button" href="${fn:escapeXml(replayLink)}">Replay…</a></c:when>
  <c:otherwise><button type="button" disabled aria-describedby="replay-obstacle">Replay…</button>
    <span class="hint" id="replay-obstacle"><c:out value="${obstacle}"/></span></c:otherwise>
</c:choose>
