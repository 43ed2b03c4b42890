<%@ tag description="Events as a table, cards on narrow screens."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="rows" required="true" type="java.util.List" description="of EventsView.Row" %>
<%@ attribute name="live" required="true" type="java.lang.Boolean" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<%@ taglib prefix="h" tagdir="/WEB-INF/tags" %>
<h:table caption="Events, the newest first" live="${live}">
  <thead><tr>
    <th scope="col">Status</th><th scope="col">Received</th><th scope="col">Type</th><th scope="col">Event</th>
    <th scope="col">Order</th><th scope="col">Payment</th><th scope="col" class="number">Amount</th>
    <th scope="col" class="number">Attempts</th><th scope="col" class="number">Took</th><th scope="col" class="number">Repeats</th>
  </tr></thead>
  <tbody>
    <c:forEach var="row" items="${rows}">
      <tr data-key="${fn:escapeXml(row.key())}">
        <td data-label="Status" class="status"><h:badge kind="${row.statusKind()}" text="${row.status()}"/>
          <c:if test="${row.otherPayload()}"><h:badge kind="warn" text="Two bodies"/></c:if>
          <c:if test="${not empty row.reason()}"><small class="reason"><c:forEach var="piece" items="${row.reasonPieces()}"><c:out value="${piece}"/><wbr></c:forEach></small></c:if></td>
        <td data-label="Received"><h:time at="${row.received()}"/></td>
        <td data-label="Type" class="type"><c:forEach var="piece" items="${row.typePieces()}"><c:out value="${piece}"/><wbr></c:forEach>
          <small><c:out value="${row.provider()}"/></small></td>
        <td data-label="Event" class="ids"><h:id value="${row.eventId()}" href="${row.href()}"/></td>
        <td data-label="Order"><c:if test="${not empty row.order()}"><a href="${fn:escapeXml(row.orderHref())}"><c:out value="${row.order()}"/></a></c:if></td>
        <td data-label="Payment" class="ids"><c:if test="${not empty row.payment()}"><h:id value="${row.payment()}" href="${row.paymentHref()}"/></c:if></td>
        <td data-label="Amount" class="number"><c:out value="${row.amount()}"/></td>
        <td data-label="Attempts" class="number"><c:out value="${row.attempts()}"/></td>
        <td data-label="Took" class="number"><c:out value="${row.duration()}"/></td>
        <td data-label="Repeats" class="number"><c:out value="${row.duplicates()}"/></td>
      </tr>
    </c:forEach>
  </tbody>
</h:table>
