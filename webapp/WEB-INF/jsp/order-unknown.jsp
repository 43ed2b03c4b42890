<h:layout title="Order ${view.id()}">
  <h:findorder q="${view.id()}"/>
  <h:state kind="warn" title="There is no such order">
    <p><c:out value="${view.message()}"/></p>
    <c:choose>
      <c:when test="${empty view.events()}">
        <p>Is the number right? An order that is missing here has to be made by the shop, in the table <code>orders</code>.</p>
      </c:when>
      <c:otherwise>
        <p>Let the shop make the order. The events below are then tried again by themselves, or can be replayed.</p>
      </c:otherwise>
    </c:choose>
  </h:state>
  <c:if test="${not empty view.events()}">
    <h:table caption="Events that name the order, the newest first">
      <thead><tr><th scope="col">Received</th><th scope="col">Type</th><th scope="col">Status</th><th scope="col">Why</th><th scope="col">Event</th></tr></thead>
      <tbody>
        <c:forEach var="event" items="${view.events()}">
          <tr>
            <td data-label="Received"><h:time at="${event.at()}"/></td>
            <td data-label="Type" class="long"><c:out value="${event.type()}"/></td>
            <td data-label="Status"><h:badge kind="${event.kind()}" text="${event.status()}"/></td>
            <td data-label="Why" class="long"><c:out value="${event.error()}"/></td>
            <td data-label="Event"><h:id value="${event.id()}" href="${event.href()}"/></td>
          </tr>
        </c:forEach>
      </tbody>
    </h:table>
  </c:if>
</h:layout>
