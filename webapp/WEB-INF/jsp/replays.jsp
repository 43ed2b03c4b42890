<h:layout title="Group replays">
  <c:choose>
    <c:when test="${empty view.rows()}">
      <h:empty title="No group has been replayed yet">
        <p>A group is replayed from the <a href="${fn:escapeXml(frame.root())}/dashboard/failures">failures by cause</a>.</p>
      </h:empty>
    </c:when>
    <c:otherwise>
      <h:table caption="The newest first" live="true">
        <thead><tr>
          <th scope="col">Replay</th><th scope="col">State</th><th scope="col" class="number">Events</th><th scope="col">What</th>
          <th scope="col">By</th><th scope="col">Why</th><th scope="col">Confirmed</th>
        </tr></thead>
        <tbody>
          <c:forEach var="row" items="${view.rows()}">
            <tr data-key="${fn:escapeXml(row.id())}">
              <td data-label="Replay"><a href="${fn:escapeXml(row.href())}">no. <c:out value="${row.id()}"/></a></td>
              <td data-label="State"><h:badge kind="${row.kind()}" text="${row.state()}"/></td>
              <td data-label="Events" class="number"><c:out value="${row.events()}"/></td>
              <td data-label="What" class="long"><c:out value="${row.filter()}"/></td>
              <td data-label="By"><c:out value="${row.by()}"/></td>
              <td data-label="Why" class="long"><c:out value="${row.reason()}"/></td>
              <td data-label="Confirmed"><h:time at="${row.created()}"/></td>
            </tr>
          </c:forEach>
        </tbody>
      </h:table>
    </c:otherwise>
  </c:choose>
</h:layout>
