<h:layout title="Rejected deliveries">
  <p class="muted">Deliveries that were refused before processing. Their bodies are not kept. Of many of one kind in a minute some are listed and
    all are counted; the newest <c:out value="${view.kept()}"/> of the last 30 days stay.</p>
  <form class="filters" method="get" action="${fn:escapeXml(frame.root())}/dashboard/rejected" role="search" aria-label="Filter the rejected deliveries">
    <p class="field"><label for="cause">Cause</label>
      <select id="cause" name="cause" data-search><option value="">Any</option>
        <c:forEach var="option" items="${view.causes()}"><option value="${fn:escapeXml(option.value())}"<c:if test="${option.chosen()}"> selected</c:if>><c:out value="${option.label()}"/></option></c:forEach>
      </select></p>
    <p class="field"><label for="provider">Provider</label>
      <select id="provider" name="provider"><option value="">Any</option>
        <c:forEach var="option" items="${view.providers()}"><option value="${fn:escapeXml(option.value())}"<c:if test="${option.chosen()}"> selected</c:if>><c:out value="${option.label()}"/></option></c:forEach>
      </select></p>
    <p class="field"><label for="from">From (UTC)</label>
      <input id="from" name="from" type="datetime-local" step="1" value="${fn:escapeXml(view.filter().from())}"></p>
    <p class="field"><label for="to">Until (UTC)</label>
      <input id="to" name="to" type="datetime-local" step="1" value="${fn:escapeXml(view.filter().to())}"></p>
    <p class="buttons"><button type="submit">Filter</button>
      <c:if test="${view.filtered()}"><a class="button" href="${fn:escapeXml(frame.root())}/dashboard/rejected">Clear filters</a></c:if></p>
  </form>
  <c:choose>
    <c:when test="${empty view.rows() and view.filtered()}">
      <h:empty title="No rejected delivery matches" clear="${frame.root()}/dashboard/rejected"/>
    </c:when>
    <c:when test="${empty view.rows()}">
      <h:state kind="ok" title="Nothing has been rejected">
        <p>Every delivery that came had a valid signature and could be read. One that has not, such as
          <code>mvn -q exec:java@send -Dsend="--bad-signature"</code> sends to a development server, is listed here.</p>
      </h:state>
    </c:when>
    <c:otherwise>
      <c:if test="${not empty view.advice()}">
        <section class="card advice"><h2>What to do</h2>
          <dl>
            <c:forEach var="advice" items="${view.advice()}">
              <div><dt><c:out value="${advice.cause()}"/></dt><dd><c:out value="${advice.text()}"/></dd></div>
            </c:forEach>
          </dl>
        </section>
      </c:if>
      <h:table caption="Rejected deliveries, the newest first" live="${empty view.first()}">
        <thead><tr>
          <th scope="col">Time</th><th scope="col">Cause</th><th scope="col">Provider</th><th scope="col" class="number">Answer</th>
          <th scope="col" class="number">Size</th><th scope="col">From</th><th scope="col">Node</th>
        </tr></thead>
        <tbody>
          <c:forEach var="row" items="${view.rows()}">
            <tr data-key="${row.id()}">
              <td data-label="Time"><h:time at="${row.at()}" exact="true"/></td>
              <td data-label="Cause" class="long"><c:out value="${row.cause()}"/><code class="details"><c:out value="${row.word()}"/></code>
                <c:if test="${not empty row.more()}"><strong class="more"><c:out value="${row.more()}"/></strong></c:if></td>
              <td data-label="Provider" class="long"><c:out value="${row.provider()}"/></td>
              <td data-label="Answer" class="number"><c:out value="${row.httpStatus()}"/></td>
              <td data-label="Size" class="number"><c:out value="${row.size()}"/></td>
              <td data-label="From"><c:out value="${row.source()}"/></td>
              <td data-label="Node"><c:out value="${row.node()}"/></td>
            </tr>
          </c:forEach>
        </tbody>
      </h:table>
      <h:pager first="${view.first()}" next="${view.next()}" older="Older rejections"/>
    </c:otherwise>
  </c:choose>
</h:layout>
