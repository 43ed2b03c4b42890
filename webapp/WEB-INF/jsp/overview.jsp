<h:layout title="Overview">
  <nav class="ranges buttons" aria-label="Time">
    <c:forEach var="range" items="${view.ranges()}"><a class="button" href="${fn:escapeXml(range.href())}"<c:if test="${range.chosen()}"> aria-current="true"</c:if>><c:out value="${range.label()}"/></a></c:forEach>
  </nav>
  <h2>What needs somebody now</h2>
  <div id="attention" data-live><c:choose>
    <c:when test="${empty view.attention()}"><p><h:badge kind="ok" text="nothing"/> No failed event waits, no lock hangs, and nothing is away.</p></c:when>
    <c:otherwise><ul class="attention">
      <c:forEach var="item" items="${view.attention()}">
        <li><h:badge kind="${item.kind()}" text="${item.word()}"/>&#32;<c:out value="${item.sentence()}"/>&#32;<a href="${fn:escapeXml(item.href())}"><c:out value="${item.action()}"/></a></li>
      </c:forEach>
    </ul></c:otherwise>
  </c:choose></div>
  <div id="traffic" data-live><c:choose>
    <c:when test="${empty view.traffic()}"><h:failed again="${view.again()}"/></c:when>
    <c:when test="${not view.traffic().anyEver()}"><h:nothingyet endpoints="${view.endpoints()}"/></c:when>
    <c:otherwise><h:deliveries traffic="${view.traffic()}"/></c:otherwise>
  </c:choose></div>
  <c:if test="${not empty view.traffic() and not empty view.traffic().chart().rows()}"><h:deliverynumbers chart="${view.traffic().chart()}"/></c:if>
  <h2>Health</h2>
  <div id="health" data-live>
    <ul class="attention">
      <c:forEach var="server" items="${view.health()}">
        <li><strong><c:out value="${server.name()}"/></strong>&#32;<h:badge kind="${server.kind()}" text="${server.word()}"/>&#32;<c:out value="${server.sentence()}"/></li>
      </c:forEach>
    </ul>
    <c:if test="${not view.nodesKnown()}"><p class="message warn">Redis does not answer: which other nodes are there is not known.</p></c:if>
    <h:table caption="Nodes" id="nodes">
      <thead><tr><th scope="col">Node</th><th scope="col">State</th><th scope="col">Version</th><th scope="col" class="number">Up for</th>
        <th scope="col" class="number">In flight</th><th scope="col" class="number">Events without Redis</th><th scope="col" class="number">Seen</th></tr></thead>
      <tbody>
        <c:forEach var="node" items="${view.nodes()}">
          <tr>
            <td data-label="Node" class="long"><c:out value="${node.name()}"/></td>
            <td data-label="State"><h:badge kind="${node.alive() ? 'ok' : 'idle'}" text="${node.word()}"/></td>
            <td data-label="Version"><c:out value="${node.version()}"/></td>
            <td data-label="Up for" class="number"><c:out value="${node.up()}"/></td>
            <td data-label="In flight" class="number"><c:out value="${node.inFlight()}"/></td>
            <td data-label="Events without Redis" class="number"><c:out value="${node.withoutRedis()}"/></td>
            <td data-label="Seen" class="number"><c:out value="${node.seen()}"/></td>
          </tr>
        </c:forEach>
      </tbody>
    </h:table>
  </div>
</h:layout>
