<h:layout title="Audit log">
  <form class="filters" method="get" action="${fn:escapeXml(frame.root())}/dashboard/audit" role="search" aria-label="Filter the audit log">
    <p class="field"><label for="user">User</label>
      <input id="user" name="user" value="${fn:escapeXml(view.filter().user())}" data-search></p>
    <p class="field"><label for="action">Action</label>
      <input id="action" name="action" value="${fn:escapeXml(view.filter().action())}"></p>
    <p class="field"><label for="target">Target</label>
      <input id="target" name="target" value="${fn:escapeXml(view.filter().target())}"></p>
    <p class="field"><label for="from">From (UTC)</label>
      <input id="from" name="from" type="datetime-local" step="1" value="${fn:escapeXml(view.filter().from())}"></p>
    <p class="field"><label for="to">Until (UTC)</label>
      <input id="to" name="to" type="datetime-local" step="1" value="${fn:escapeXml(view.filter().to())}"></p>
    <p class="buttons"><button type="submit">Filter</button>
      <c:if test="${view.filtered()}"><a class="button" href="${fn:escapeXml(frame.root())}/dashboard/audit">Clear filters</a></c:if></p>
  </form>
  <c:choose>
    <c:when test="${empty view.rows() and view.filtered()}">
      <h:empty title="No entry matches" clear="${frame.root()}/dashboard/audit"/>
    </c:when>
    <c:when test="${empty view.rows()}">
      <h:empty title="Nothing has been done yet">
        <p>Sign-ins, replays, releases of locks and changes of users will be listed here.</p>
      </h:empty>
    </c:when>
    <c:otherwise>
      <h:table caption="Actions, the newest first" live="${empty view.first()}">
        <thead><tr>
          <th scope="col">Time</th><th scope="col">User</th><th scope="col">Action</th><th scope="col">Target</th>
          <th scope="col">Reason</th><th scope="col">From</th><th scope="col">Node</th>
        </tr></thead>
        <tbody>
          <c:forEach var="row" items="${view.rows()}">
            <tr data-key="${row.id()}">
              <td data-label="Time"><h:time at="${row.at()}" exact="true"/></td>
              <td data-label="User"><c:out value="${row.user()}"/>
                <c:if test="${not empty row.role()}"><small>(<c:out value="${row.role()}"/>)</small></c:if></td>
              <td data-label="Action"><code><c:out value="${row.action()}"/></code></td>
              <td data-label="Target" class="long"><c:out value="${row.target()}"/></td>
              <td data-label="Reason" class="long"><c:out value="${row.reason()}"/>
                <c:if test="${not empty row.details()}"><span class="details"><c:out value="${row.details()}"/></span></c:if></td>
              <td data-label="From"><c:out value="${row.source()}"/></td>
              <td data-label="Node"><c:out value="${row.node()}"/></td>
            </tr>
          </c:forEach>
        </tbody>
      </h:table>
      <h:pager first="${view.first()}" next="${view.next()}" older="Older actions"/>
    </c:otherwise>
  </c:choose>
</h:layout>
