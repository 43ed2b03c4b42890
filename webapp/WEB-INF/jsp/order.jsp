<h:layout title="Order ${view.id()}">
  <h:findorder q="${view.id()}"/>
  <h:state kind="${view.kind()}" title="${view.verdict()}">
    <div class="story">
    <h3>What you can do</h3>
    <c:choose>
      <c:when test="${empty view.advice()}"><p>Nothing needs to be done.</p></c:when>
      <c:otherwise>
        <ul>
          <c:forEach var="one" items="${view.advice()}">
            <li><c:out value="${one.text()}"/>
              <c:if test="${not empty one.href()}">&#32;<a href="${fn:escapeXml(one.href())}"><c:out value="${one.label()}"/></a></c:if></li>
          </c:forEach>
        </ul>
      </c:otherwise>
    </c:choose>
    <c:if test="${not empty view.because()}">
      <h3>Why it is so</h3>
      <ul><c:forEach var="sentence" items="${view.because()}"><li><c:out value="${sentence}"/></li></c:forEach></ul>
    </c:if>
    </div>
  </h:state>
  <h2>Facts</h2>
  <p>Ordered: <strong><c:out value="${view.ordered()}"/></strong></p>
  <c:if test="${empty view.payments()}"><p class="muted">No payment of this order is known.</p></c:if>
  <c:if test="${not empty view.payments()}">
    <h:table caption="Payments" id="payments">
      <thead><tr><th scope="col">Payment</th><th scope="col">Provider</th><th scope="col">Status</th><th scope="col" class="number">Amount</th><th scope="col" class="number">Given back</th><th scope="col">First heard of</th></tr></thead>
      <tbody><c:forEach var="payment" items="${view.payments()}"><tr>
        <td data-label="Payment"><h:id value="${payment.id()}"/></td>
        <td data-label="Provider"><c:out value="${payment.provider()}"/></td>
        <td data-label="Status"><h:badge kind="${payment.kind()}" text="${payment.status()}"/></td>
        <td data-label="Amount" class="number"><c:out value="${payment.amount()}"/></td>
        <td data-label="Given back" class="number"><c:out value="${payment.givenBack()}"/></td>
        <td data-label="First heard of"><h:time at="${payment.firstSeen()}"/></td>
      </tr></c:forEach></tbody>
    </h:table>
  </c:if>
  <c:if test="${not empty view.refunds()}">
    <h:table caption="Refunds, and what of them counts" id="refunds">
      <thead><tr><th scope="col">Refund or charge</th><th scope="col">Source</th><th scope="col">Payment</th><th scope="col">Status</th><th scope="col" class="number">Announced</th><th scope="col" class="number">Counts</th></tr></thead>
      <tbody><c:forEach var="refund" items="${view.refunds()}"><tr>
        <td data-label="Refund"><h:id value="${refund.id()}"/></td>
        <td data-label="Source"><c:out value="${refund.source()}"/></td>
        <td data-label="Payment"><h:id value="${refund.payment()}"/></td>
        <td data-label="Status"><h:badge kind="${refund.kind()}" text="${refund.status()}"/></td>
        <td data-label="Announced" class="number"><c:out value="${refund.announced()}"/></td>
        <td data-label="Counts" class="number"><c:out value="${refund.counts()}"/></td>
      </tr></c:forEach></tbody>
    </h:table>
  </c:if>
  <c:if test="${not empty view.disputes()}">
    <h:table caption="Disputes" id="disputes">
      <thead><tr><th scope="col">Dispute</th><th scope="col">Payment</th><th scope="col">Status</th><th scope="col" class="number">Amount</th></tr></thead>
      <tbody><c:forEach var="dispute" items="${view.disputes()}"><tr>
        <td data-label="Dispute"><h:id value="${dispute.id()}"/></td>
        <td data-label="Payment"><h:id value="${dispute.payment()}"/></td>
        <td data-label="Status"><h:badge kind="${dispute.kind()}" text="${dispute.status()}"/></td>
        <td data-label="Amount" class="number"><c:out value="${dispute.amount()}"/></td>
      </tr></c:forEach></tbody>
    </h:table>
  </c:if>
  <h2>What happened</h2>
  <c:choose>
    <c:when test="${empty view.timeline()}"><h:empty title="No event has touched this order yet"><p>Events appear here as soon as the provider sends one that names the order.</p></h:empty></c:when>
    <c:otherwise><h:timeline entries="${view.timeline()}"/></c:otherwise>
  </c:choose>
  <c:if test="${view.moreEvents()}"><p class="muted">Older events are not shown; the list of events has them all.</p></c:if>
</h:layout>
