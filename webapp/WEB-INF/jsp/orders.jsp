<h:layout title="Orders">
  <h:findorder q="${view.q()}"/>
  <c:choose>
    <c:when test="${empty view.q()}">
      <h:state kind="idle" title="Which order?">
        <p>The order's page says in sentences why the order is in its state, and what can be done about it.</p>
      </h:state>
    </c:when>
    <c:when test="${empty view.ids()}">
      <h:empty title="No order belongs to this id" clear="${view.action()}">
        <p>It is no order's number, and no payment, refund, dispute or charge of this id is known with an order. It may be
          waiting for its payment, or an event may have been refused: look for it among the
          <a href="${fn:escapeXml(view.events())}">events</a>.</p>
      </h:empty>
    </c:when>
    <c:otherwise>
      <h2>Several orders belong to this id</h2>
      <ul>
        <c:forEach var="id" items="${view.ids()}">
          <li><a href="${fn:escapeXml(view.action())}/${fn:escapeXml(id)}">Order <c:out value="${id}"/></a></li>
        </c:forEach>
      </ul>
    </c:otherwise>
  </c:choose>
</h:layout>
