<h:layout title="${view.type()}">
  <p class="under-title"><h:badge kind="${view.statusKind()}" text="${view.status()}"/> <h:id value="${view.eventId()}"/>
    <small>at <c:out value="${view.provider()}"/></small></p>
  <c:if test="${not empty view.advice()}">
    <section class="state ${fn:escapeXml(view.statusKind())}" aria-label="Why">
      <h2><c:out value="${view.advice().reason()}"/></h2>
      <p><c:out value="${view.advice().whatToDo()}"/></p>
      <c:if test="${not empty view.nextAttempt()}"><p>Next attempt by itself: <h:time at="${view.nextAttempt()}"/></p></c:if>
      <c:if test="${not empty view.error()}"><p><small>Technical error:</small> <code><c:out value="${view.error()}"/></code></p></c:if>
    </section>
  </c:if>
  <c:if test="${not empty view.otherPayload()}">
    <p class="message warn"><strong>Another body came under this event’s id</strong> (last: <h:time at="${view.otherPayload()}"/>). The first body stands and is the one shown here; the other had no effect.</p>
  </c:if>
  <dl class="facts card">
    <div><dt>Received</dt><dd><h:time at="${view.received()}" exact="true"/></dd></div>
    <div><dt>Processed</dt><dd><c:choose><c:when test="${not empty view.processed()}"><h:time at="${view.processed()}" exact="true"/></c:when><c:otherwise>not yet</c:otherwise></c:choose></dd></div>
    <div><dt>Took</dt><dd><c:out value="${view.duration()}" default="not known"/></dd></div>
    <div><dt>Attempts</dt><dd><c:out value="${view.attempts()}"/></dd></div>
    <div><dt>Duplicates</dt><dd><c:out value="${empty view.duplicates() ? 'none' : view.duplicates()}"/></dd></div>
    <div><dt>Node</dt><dd><c:out value="${empty view.node() ? 'not known' : view.node()}"/></dd></div>
    <div><dt>Order</dt><dd><c:choose><c:when test="${not empty view.order()}"><a href="${fn:escapeXml(view.orderHref())}"><c:out value="${view.order()}"/></a></c:when><c:otherwise>none</c:otherwise></c:choose></dd></div>
    <div><dt>Payment</dt><dd><c:choose><c:when test="${not empty view.payment()}"><h:id value="${view.payment()}" href="${view.paymentHref()}"/></c:when><c:when test="${view.statusWord() eq 'failed' or view.statusWord() eq 'dead_lettered'}">not known before it is processed</c:when><c:otherwise>none</c:otherwise></c:choose></dd></div>
    <div><dt>Amount</dt><dd><c:choose>
      <c:when test="${not empty view.amount()}"><c:out value="${view.amount()}"/></c:when>
      <c:when test="${view.statusWord() eq 'failed' or view.statusWord() eq 'dead_lettered'}">not known before it is processed</c:when>
      <c:otherwise>none</c:otherwise></c:choose></dd></div>
  </dl>
  <p class="buttons"><h:replay provider="${view.provider()}" eventId="${view.eventId()}" obstacle="${view.replayObstacle()}"/></p>
  <h2 id="effects">What it wrote</h2>
  <c:choose>
    <c:when test="${empty view.effects() and view.statusWord() eq 'processed'}"><p>No row that its result names is there (any more).</p></c:when>
    <c:when test="${empty view.effects()}"><p>Nothing: <c:out value="${view.statusWord() eq 'skipped' ? 'it was skipped.' : 'a refused attempt is rolled back whole.'}"/></p></c:when>
    <c:otherwise>
      <h:table caption="${view.statusWord() eq 'processed' ? 'The rows as they stand now; later events may have changed them' : 'It wrote nothing so far; these rows it names'}" id="effect-rows" live="false">
        <thead><tr><th scope="col">Row</th><th scope="col">Id</th><th scope="col">State</th><th scope="col" class="number">Amount</th><th scope="col">Note</th></tr></thead>
        <tbody><c:forEach var="row" items="${view.effects()}">
          <tr><td data-label="Row"><c:out value="${row.what()}"/></td><td data-label="Id" class="ids"><h:id value="${row.id()}" href="${row.href()}"/></td>
            <td data-label="State"><c:out value="${row.state()}"/></td><td data-label="Amount" class="number"><c:out value="${row.amount()}"/></td>
            <td data-label="Note" class="long"><c:out value="${row.note()}"/></td></tr>
        </c:forEach></tbody>
      </h:table>
    </c:otherwise>
  </c:choose>
  <h2 id="timeline">Deliveries, retries and replays</h2>
  <h:eventtimeline view="${view}"/>
  <h2 id="result">Result</h2>
  <c:choose>
    <c:when test="${not empty view.result()}"><pre tabindex="0" role="region" aria-label="Result"><code><c:out value="${view.result()}"/></code></pre></c:when>
    <c:otherwise><p>None yet: only an event that is done has a result.</p></c:otherwise>
  </c:choose>
  <h2 id="payload">Payload</h2>
  <h:eventbody view="${view}"/>
</h:layout>
