<%@ tag description="What the chart of deliveries shows, as a table. Opened, it stays open when it is refreshed."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="chart" required="true" type="hooklatch.web.dashboard.OverviewView.Chart" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<%@ taglib prefix="h" tagdir="/WEB-INF/tags" %>
<details class="numbers"><summary>The chart in numbers</summary>
<div id="numbers" data-live>
<h:table caption="Deliveries by outcome, the newest first; stretches without any are left out" id="chart-numbers">
  <thead><tr><th scope="col">From</th><c:forEach var="series" items="${chart.series()}"><th scope="col" class="number"><c:out value="${series.label()}"/></th></c:forEach></tr></thead>
  <tbody>
    <c:forEach var="row" items="${chart.rows()}">
      <tr><td data-label="From"><h:time at="${row.from()}" exact="true"/></td><c:forEach var="count" items="${row.counts()}" varStatus="n"><td class="number" data-label="${fn:escapeXml(chart.series()[n.index].label())}"><c:out value="${count}"/></td></c:forEach></tr>
    </c:forEach>
  </tbody>
</h:table>
</div>
</details>
