<h:layout title="Replay an event">
  <c:url var="address" value="/dashboard/replay">
    <c:param name="provider" value="${view.provider()}"/>
    <c:param name="event_id" value="${view.eventId()}"/>
  </c:url>
  <dl class="facts">
    <div><dt>Event</dt><dd><small><c:out value="${view.provider()}"/></small> <h:id value="${view.eventId()}" href="${view.href()}"/></dd></div>
    <div><dt>Type</dt><dd><c:out value="${view.type()}"/></dd></div>
    <div><dt>Status</dt><dd><h:badge kind="${view.statusKind()}" text="${view.status()}"/></dd></div>
    <div><dt>Received</dt><dd><h:time at="${view.received()}"/></dd></div>
    <div><dt>Attempts</dt><dd><c:out value="${view.attempts()}"/></dd></div>
    <c:if test="${not empty view.error()}"><div><dt>Error</dt><dd><c:out value="${view.error()}"/></dd></div></c:if>
  </dl>
  <c:choose>
    <c:when test="${not empty view.obstacle()}">
      <p class="message warn" id="obstacle"><c:out value="${view.obstacle()}"/></p>
    </c:when>
    <c:when test="${not view.mayAct()}">
      <p class="message">This event can be replayed. That needs the role operator.</p>
    </c:when>
    <c:otherwise>
      <c:choose>
        <c:when test="${empty view.rehearsed()}">
          <section class="card" aria-labelledby="dry">
            <h2 id="dry">1. Look what it would do</h2>
            <p>A dry run lets the handlers do their work in a transaction that is always rolled back, and shows the rows before and
              after. It takes no lock in Redis, waits at most a second for a row, and runs nothing that handlers want done after the
              commit. Only Hooklatch's own tables are shown; what an added handler writes elsewhere in the database is rolled back
              as well.</p>
            <p>The replay itself is offered below what the dry run has shown.</p>
            <form method="post" action="${fn:escapeXml(address)}">
              <h:csrf/>
              <c:if test="${not empty draft}">
                <p class="field"><label for="reason">Why (for the replay itself)</label>
                  <input id="reason" name="reason" value="${fn:escapeXml(draft)}" maxlength="1000" autocomplete="off"></p>
              </c:if>
              <p><button class="primary" type="submit" name="action" value="dry-run">Dry run</button></p>
            </form>
          </section>
        </c:when>
        <c:otherwise>
          <h:rehearsed rehearsed="${view.rehearsed()}"/>
          <section class="card" aria-labelledby="real">
            <h2 id="real">2. Replay it</h2>
            <p>The event takes the way of a delivery: the same lock, the same claim, the same handlers. Its effect cannot happen twice,
              whoever delivers or replays it at the same time. A refusal is recorded like that of a delivery.</p>
            <form method="post" action="${fn:escapeXml(address)}">
              <h:csrf/>
              <h:why question="Why do you replay it?" typed="${view.reason()}" problem="${view.problem()}"/>
              <p class="buttons"><button class="primary" type="submit" name="action" value="replay">Replay now</button>
                <button type="submit" name="action" value="dry-run" formnovalidate>Dry run again</button></p>
            </form>
          </section>
        </c:otherwise>
      </c:choose>
    </c:otherwise>
  </c:choose>
  <c:if test="${not empty view.earlier()}">
    <h:table caption="Replays of this event, the newest first" id="earlier">
      <thead><tr>
        <th scope="col">Time</th><th scope="col">Outcome</th><th scope="col">Message</th><th scope="col">By</th><th scope="col">Why</th>
      </tr></thead>
      <tbody>
        <c:forEach var="one" items="${view.earlier()}">
          <tr>
            <td data-label="Time"><h:time at="${one.at()}" exact="true"/></td>
            <td data-label="Outcome"><h:badge kind="${one.kind()}" text="${one.outcome()}"/></td>
            <td data-label="Message" class="long"><c:out value="${one.message()}"/></td>
            <td data-label="By"><c:out value="${one.by()}"/><c:if test="${not empty one.job()}"> (<a href="${fn:escapeXml(one.job())}">group replay</a>)</c:if></td>
            <td data-label="Why" class="long"><c:out value="${one.reason()}"/></td>
          </tr>
        </c:forEach>
      </tbody>
    </h:table>
  </c:if>
</h:layout>
