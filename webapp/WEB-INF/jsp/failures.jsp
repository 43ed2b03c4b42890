<h:layout title="Failures">
  <p>Events that were refused, by cause, the newest failure first.
    <a href="${fn:escapeXml(view.jobs())}">Group replays</a></p>
  <c:if test="${not view.all()}">
    <p class="message warn">There are more causes than these 100. Mend what is listed, and the others will show.</p>
  </c:if>
  <c:choose>
    <c:when test="${empty view.groups()}">
      <h:state kind="ok" title="Nothing has failed">
        <p>Every event that was received has had its effect, or was skipped because nobody handles it.</p>
      </h:state>
    </c:when>
    <c:otherwise>
      <c:forEach var="group" items="${view.groups()}">
        <section class="card failure" aria-labelledby="${fn:escapeXml(group.id())}">
          <h2 id="${fn:escapeXml(group.id())}"><c:out value="${group.cause()}"/>
            <span class="badge bad"><c:out value="${group.count()}"/></span></h2>
          <p><c:out value="${group.meaning()}"/></p>
          <p><strong>What to do:</strong> <c:out value="${group.whatToDo()}"/></p>
          <dl class="facts">
            <div><dt>First received</dt><dd><h:time at="${group.first()}"/></dd></div>
            <div><dt>Last received</dt><dd><h:time at="${group.last()}"/></dd></div>
            <div><dt>Next try by itself</dt><dd><c:choose>
              <c:when test="${not empty group.nextAttempt()}"><h:time at="${group.nextAttempt()}"/></c:when>
              <c:otherwise>none: only a replay or the provider tries again</c:otherwise></c:choose></dd></div>
            <div><dt>Providers <small><c:out value="${group.about()}"/></small></dt><dd><c:out value="${group.providers()}"/></dd></div>
            <div><dt>Types <small><c:out value="${group.about()}"/></small></dt><dd><c:out value="${group.types()}"/></dd></div>
            <c:if test="${not empty group.deadLettered()}">
              <div><dt>Dead-lettered <small><c:out value="${group.about()}"/></small></dt><dd><c:out value="${group.deadLettered()}"/></dd></div>
            </c:if>
          </dl>
          <h:table caption="The newest of: ${group.cause()}" id="${group.id()}-events">
            <thead><tr>
              <th scope="col">Received</th><th scope="col">Event</th><th scope="col">Type</th><th scope="col">Order</th><th scope="col">Status</th>
              <th scope="col">Error</th><th scope="col" class="number">Attempts</th><th scope="col">Action</th>
            </tr></thead>
            <tbody>
              <c:forEach var="event" items="${group.samples()}">
                <tr>
                  <td data-label="Received"><h:time at="${event.received()}"/></td>
                  <td data-label="Event"><small><c:out value="${event.provider()}"/></small>
                    <h:id value="${event.eventId()}" href="${event.href()}"/></td>
                  <td data-label="Type"><c:out value="${event.type()}"/></td>
                  <td data-label="Order"><c:if test="${not empty event.order()}"><a href="${fn:escapeXml(event.orderHref())}"><c:out value="${event.order()}"/></a></c:if></td>
                  <td data-label="Status"><h:badge kind="${event.statusKind()}" text="${event.status()}"/></td>
                  <td data-label="Error" class="long"><c:out value="${event.error()}"/></td>
                  <td data-label="Attempts" class="number"><c:out value="${event.attempts()}"/></td>
                  <td data-label="Action"><a class="button" href="${fn:escapeXml(event.replay())}"
                    aria-label="Replay ${fn:escapeXml(event.eventId())}">Replay…</a></td>
                </tr>
              </c:forEach>
            </tbody>
          </h:table>
          <p class="buttons after"><a class="button primary" href="${fn:escapeXml(group.replayAll())}">Replay all of this cause (<c:out value="${group.count()}"/>)…</a></p>
        </section>
      </c:forEach>
    </c:otherwise>
  </c:choose>
</h:layout>
