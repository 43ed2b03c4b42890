<%@ tag description="The form that finds an order by its number, or by a payment, refund, dispute or charge of it."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="q" description="what was looked for" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<form class="filters find-order" method="get" action="${fn:escapeXml(requestScope.frame.root())}/dashboard/orders" role="search" aria-label="Find an order">
  <p class="field"><label for="q">Order, payment, refund, dispute or charge</label>
    <input id="q" name="q" value="${fn:escapeXml(q)}" maxlength="300" autocomplete="off" spellcheck="false" data-search></p>
  <p class="buttons"><button type="submit">Find the order</button></p>
</form>
