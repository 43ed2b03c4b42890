<h:layout title="Replay a group">
  <c:if test="${empty view.obstacle()}"><section class="card" aria-labelledby="set">
    <h2 id="set"><c:out value="${view.count()} ${view.count() eq '1' ? 'event' : 'events'}"/></h2>
    <p>These are all events with:</p>
    <ul>
      <c:forEach var="phrase" items="${view.filter()}"><li><c:out value="${phrase}"/></li></c:forEach>
    </ul>
    <c:if test="${not empty view.tooMany()}"><p class="message warn"><c:out value="${view.tooMany()}"/></p></c:if>
  </section></c:if>
  <c:choose>
    <c:when test="${not empty view.obstacle()}">
      <h:state kind="warn" title="Set a filter first">
        <p id="obstacle"><c:out value="${view.obstacle()}"/> Nothing was counted, and nothing can be replayed from here.</p>
        <p>Choose a cause on the page of failures, or filter the list of events and press its button.</p>
        <p class="buttons"><button type="button" disabled aria-describedby="obstacle">Replay</button>
          <a class="button primary" href="${fn:escapeXml(frame.root())}/dashboard/failures">Failures by cause</a>
          <a class="button" href="${fn:escapeXml(frame.root())}/dashboard/events?status=failed">Failed events</a></p>
      </h:state>
    </c:when>
    <c:when test="${not view.any()}">
      <h:empty title="Nothing matches">
        <p>They have had their effect meanwhile, or never were. <a href="${fn:escapeXml(frame.root())}/dashboard/failures">Back to the failures</a></p>
      </h:empty>
    </c:when>
    <c:when test="${not view.mayAct()}">
      <p class="message">This group can be replayed. That needs the role operator.</p>
    </c:when>
    <c:otherwise>
      <form class="card" method="post" action="${fn:escapeXml(frame.root())}/dashboard/replay-group">
        <h2>Replay them</h2>
        <p>Each takes the way of a delivery; none can have its effect twice. The set is fixed when you confirm: what fails later is
          not in it. They are replayed one after the other in the background, with rests so that deliveries are not slowed down, and
          you can stop it at any time. What happens is shown on a page that you may leave.</p>
        <h:csrf/>
        <c:forEach var="field" items="${view.fields()}"><input type="hidden" name="${fn:escapeXml(field.name())}" value="${fn:escapeXml(field.value())}"></c:forEach>
        <input type="hidden" name="newest" value="${fn:escapeXml(view.newestRow())}">
        <input type="hidden" name="request" value="${fn:escapeXml(view.requestId())}">
        <c:if test="${not empty view.problem()}"><p class="message bad" role="alert" id="problem"><c:out value="${view.problem()}"/></p></c:if>
        <p class="field"><label for="reason">Why</label>
          <input id="reason" name="reason" value="${fn:escapeXml(empty view.reason() ? draft : view.reason())}" maxlength="1000" autocomplete="off" required aria-describedby="reason-hint">
          <span class="hint" id="reason-hint">Kept with the replay and in the audit log.</span></p>
        <p class="buttons"><button class="primary" type="submit">Replay <c:out value="${view.count()} ${view.count() eq '1' ? 'event' : 'events'}"/></button>
          <a class="button" href="${fn:escapeXml(frame.root())}/dashboard/failures">Do not</a></p>
      </form>
    </c:otherwise>
  </c:choose>
</h:layout>
