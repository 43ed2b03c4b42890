<h:layout title="Order ${view.id()}">
  <h:findorder q="${view.id()}"/>
  <h:state kind="warn" title="There is no such order">
    <p><c:out value="${view.message()}"/></p>
    <p><c:out value="${view.whatToDo()}"/></p>
  </h:state>
  <c:if test="${not empty view.payments()}">
    <h2>Payments</h2>
    <h:table caption="Payments that belong to it, the oldest first" id="payments">
      <thead><tr><th scope="col">Payment</th><th scope="col">Provider</th><th scope="col">State</th><th scope="col" class="number">Amount</th></tr></thead>
      <tbody>
        <c:forEach var="payment" items="${view.payments()}">
          <tr>
            <td data-label="Payment" class="ids"><h:id value="${payment.id()}" href="${payment.href()}"/></td>
            <td data-label="Provider"><c:out value="${payment.provider()}"/></td>
            <td data-label="State"><c:out value="${payment.status()}"/></td>
            <td data-label="Amount" class="number"><c:out value="${payment.amount()}"/></td>
          </tr>
        </c:forEach>
      </tbody>
    </h:table>
  </c:if>
  <c:if test="${not empty view.events()}">
    <h2>Events</h2>
    <h:table caption="Events that name the order, the newest first" id="events">
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
