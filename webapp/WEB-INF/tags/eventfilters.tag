<%@ tag description="The search box and the fields beside it."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="view" required="true" type="hooklatch.web.dashboard.EventsView" %>
<%@ attribute name="action" required="true" description="path of the list" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<form class="filters events" method="get" action="${fn:escapeXml(action)}" role="search" aria-label="Search and filter events">
  <p class="field search"><label for="q">Search <small>an event, payment, refund or order id, or <code>type:refund status:failed provider:stripe order:42</code></small></label>
    <input id="q" name="q" type="search" maxlength="300" autocomplete="off" spellcheck="false" value="${fn:escapeXml(view.fields().q())}" data-search></p>
  <p class="field"><label for="provider">Provider</label>
    <select id="provider" name="provider"><option value="">Any</option>
      <c:forEach var="choice" items="${view.providers()}"><option value="${fn:escapeXml(choice.label())}" <c:if test="${choice.current()}">selected</c:if>><c:out value="${choice.label()}"/></option></c:forEach></select></p>
  <p class="field"><label for="status">Status</label>
    <select id="status" name="status"><option value="">Any</option>
      <c:forEach var="choice" items="${view.statuses()}"><option value="${fn:escapeXml(choice.label())}" <c:if test="${choice.current()}">selected</c:if>><c:out value="${choice.label()}"/></option></c:forEach></select></p>
  <p class="field"><label for="type">Type</label>
    <input id="type" name="type" list="types" maxlength="255" autocomplete="off" spellcheck="false" value="${fn:escapeXml(view.fields().type())}">
    <datalist id="types"><c:forEach var="type" items="${view.types()}"><option value="${fn:escapeXml(type)}"></option></c:forEach></datalist></p>
  <p class="field"><label for="from">From (UTC)</label>
    <input id="from" name="from" inputmode="numeric" placeholder="2026-01-31T09:30" maxlength="40" value="${fn:escapeXml(view.fields().from())}"></p>
  <p class="field"><label for="to">Until (UTC)</label>
    <input id="to" name="to" inputmode="numeric" placeholder="2026-01-31T09:30" maxlength="40" value="${fn:escapeXml(view.fields().to())}"></p>
  <c:if test="${not empty view.fields().view()}"><input type="hidden" name="view" value="${fn:escapeXml(view.fields().view())}"></c:if>
  <c:if test="${not empty view.fields().range()}"><input type="hidden" name="range" value="${fn:escapeXml(view.fields().range())}"></c:if>
  <p class="buttons"><button type="submit" class="primary">Search</button>
    <c:if test="${not empty view.clear()}"><a class="button" href="${fn:escapeXml(view.clear())}">Clear filters</a></c:if></p>
</form>
