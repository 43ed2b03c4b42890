<h:layout title="Group replay no. ${view.id()}">
  <p><a href="${fn:escapeXml(frame.root())}/dashboard/replays">All group replays</a></p>
  <section class="card" id="progress" data-live aria-labelledby="progress-title">
    <h2 id="progress-title"><h:badge kind="${view.kind()}" text="${view.state()}"/>
      <c:out value="${view.doneText()}"/> of <c:out value="${view.events()}"/> events</h2>
    <progress max="${fn:escapeXml(view.total())}" value="${fn:escapeXml(view.done())}" aria-labelledby="progress-title"></progress>
    <ul class="ends">
      <c:forEach var="end" items="${view.ended()}">
        <li><h:badge kind="${end.kind()}" text="${end.label()}"/> <c:out value="${end.count()}"/></li>
      </c:forEach>
      <li><h:badge kind="idle" text="${view.running() ? 'Left' : 'Not replayed'}"/> <c:out value="${view.left()}"/></li>
    </ul>
    <c:if test="${view.running()}">
      <p><c:choose>
        <c:when test="${not empty view.silent()}"><strong><c:out value="${view.silent()}"/></strong> What it has done stays done,
          and no event has its effect twice.</c:when>
        <c:when test="${not empty view.timeLeft()}">It takes <c:out value="${view.timeLeft()}"/> more.</c:when>
        <c:otherwise>How long it takes is not known yet.</c:otherwise>
      </c:choose></p>
      <p><small>This page refreshes itself; without JavaScript, load it again. It may be left: the replay goes on.</small></p>
    </c:if>
  </section>
  <c:if test="${view.mayCancel()}">
    <h:confirm title="Stop this replay…" open="${not empty view.problem() or not empty draft}">
      <ul>
        <li>What it has done stays done. Events that had their effect keep it.</li>
        <li>What has not had its turn is left as it is: refused events are still tried by themselves, and can be replayed.</li>
        <li>It cannot be taken up again. For the rest, make another group replay.</li>
        <li>The event that is being replayed at the moment comes to its end, and so may a few after it.</li>
        <li>Who stopped it, when and why is kept in the audit log.</li>
      </ul>
      <form method="post" action="${fn:escapeXml(frame.root())}/dashboard/replays/${fn:escapeXml(view.id())}">
        <h:csrf/>
        <h:why question="Why do you stop it?" typed="${empty view.typed() ? draft : view.typed()}" problem="${view.problem()}"/>
        <p><button class="danger" type="submit">Stop this replay</button></p>
      </form>
    </h:confirm>
  </c:if>
  <h2>What was asked for</h2>
  <dl class="facts">
    <div><dt>Events with</dt><dd><c:forEach var="phrase" items="${view.filter()}" varStatus="at"><c:if test="${not at.first}">; </c:if><c:out value="${phrase}"/></c:forEach></dd></div>
    <div><dt>By</dt><dd><c:out value="${view.by()}"/></dd></div>
    <div><dt>Why</dt><dd><c:out value="${view.reason()}"/></dd></div>
    <div><dt>Confirmed</dt><dd><h:time at="${view.created()}" exact="true"/></dd></div>
    <c:if test="${not empty view.finished()}"><div><dt>Ended</dt><dd><c:out value="${view.finished()}"/></dd></div></c:if>
    <div><dt>Node</dt><dd><c:out value="${view.node()}" default="–"/></dd></div>
  </dl>
  <c:if test="${not empty view.refused()}">
    <h:table caption="Refused again, the newest 50">
      <thead><tr><th scope="col">Event</th><th scope="col">Type</th><th scope="col">Error</th></tr></thead>
      <tbody>
        <c:forEach var="event" items="${view.refused()}">
          <tr data-key="${fn:escapeXml(event.key())}">
            <td data-label="Event"><small><c:out value="${event.provider()}"/></small> <h:id value="${event.eventId()}" href="${event.href()}"/></td>
            <td data-label="Type"><c:out value="${event.type()}"/></td>
            <td data-label="Error" class="long"><c:out value="${event.message()}"/></td>
          </tr>
        </c:forEach>
      </tbody>
    </h:table>
  </c:if>
</h:layout>
