<h:layout title="Checks">
  <h:state kind="${view.kind()}" title="${view.title()}">
    <c:choose>
      <c:when test="${not empty view.ran()}">
        <p>Everything was checked <h:time at="${view.ran()}"/> (<h:time at="${view.ran()}" exact="true"/>). <c:out value="${view.took()}"/></p>
        <p>Events that failed or were dead-lettered have had no effect so far, and are no violation:
          <a href="${fn:escapeXml(frame.root())}/dashboard/failures">Failures</a> lists them.</p>
        <c:if test="${view.stale()}"><p><strong>That is long ago.</strong> The log of the nodes says why no run has ended since.</p></c:if>
      </c:when>
      <c:otherwise><p>They run by themselves, every few minutes, beginning with the start of the first node.</p></c:otherwise>
    </c:choose>
    <c:if test="${not empty view.running()}"><p>A run is under way; it began <h:time at="${view.running()}"/>.</p></c:if>
    <form method="post" action="${fn:escapeXml(frame.root())}/dashboard/checks">
      <h:csrf/>
      <button type="submit" class="primary">Run now</button>
    </form>
  </h:state>
  <c:choose>
    <c:when test="${not empty view.detail()}">
      <c:set var="check" value="${view.detail().check()}"/>
      <h2><c:out value="${check.title()}"/></h2>
      <p><h:badge kind="${check.kind()}" text="${check.found()}"/> <c:out value="${check.severity()}"/> ·
        <a href="${fn:escapeXml(view.detail().all())}">All checks</a></p>
      <p class="prose"><c:out value="${check.meaning()}"/></p>
      <p class="prose"><strong>What to do:</strong> <c:out value="${check.whatToDo()}"/></p>
      <c:choose>
        <c:when test="${empty view.detail().found()}">
          <h:empty title="The last run found nothing of this kind"/>
        </c:when>
        <c:otherwise>
          <h:table caption="Found by the last run">
            <thead><tr><th scope="col">What is wrong</th><th scope="col">Order</th><th scope="col">Event</th><th scope="col">Payment</th><th scope="col">Refund or dispute</th></tr></thead>
            <tbody>
              <c:forEach var="one" items="${view.detail().found()}">
                <tr>
                  <td class="long" data-label="Wrong"><c:out value="${one.detail()}"/></td>
                  <td data-label="Order"><c:if test="${not empty one.order()}"><a href="${fn:escapeXml(one.orderHref())}"><c:out value="${one.order()}"/></a></c:if></td>
                  <td data-label="Event"><c:if test="${not empty one.event()}"><h:id value="${one.event()}" href="${one.eventHref()}"/></c:if></td>
                  <td data-label="Payment"><c:if test="${not empty one.payment()}"><h:id value="${one.payment()}"/></c:if></td>
                  <td data-label="Refund or dispute"><c:if test="${not empty one.fact()}"><h:id value="${one.fact()}"/></c:if></td>
                </tr>
              </c:forEach>
            </tbody>
          </h:table>
          <c:if test="${not empty view.detail().note()}"><p class="muted"><c:out value="${view.detail().note()}"/></p></c:if>
          <h:pager first="${view.detail().first()}" next="${view.detail().next()}" older="More"/>
        </c:otherwise>
      </c:choose>
    </c:when>
    <c:otherwise>
      <h:table caption="All checks. Violations are effects doubled or missing; notices are states that somebody should know of.">
        <thead><tr><th scope="col">Check</th><th scope="col">Severity</th><th scope="col">Found</th><th scope="col">What it means</th></tr></thead>
        <tbody>
          <c:forEach var="row" items="${view.rows()}">
            <tr>
              <td data-label="Check"><c:choose>
                <c:when test="${not empty row.href()}"><a href="${fn:escapeXml(row.href())}"><c:out value="${row.title()}"/></a></c:when>
                <c:otherwise><c:out value="${row.title()}"/></c:otherwise>
              </c:choose></td>
              <td data-label="Severity"><c:out value="${row.severity()}"/></td>
              <td data-label="Found"><h:badge kind="${row.kind()}" text="${row.found()}"/></td>
              <td data-label="Means" class="long"><c:out value="${row.meaning()}"/></td>
            </tr>
          </c:forEach>
        </tbody>
      </h:table>
    </c:otherwise>
  </c:choose>
</h:layout>
