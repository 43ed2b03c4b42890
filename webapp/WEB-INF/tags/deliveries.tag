<%@ tag description="Deliveries in figures, as a chart, and as the table of what the chart shows."
        pageEncoding="UTF-8" trimDirectiveWhitespaces="true" body-content="empty" %>
<%@ attribute name="traffic" required="true" type="hooklatch.web.dashboard.OverviewView.Traffic" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<%@ taglib prefix="h" tagdir="/WEB-INF/tags" %>
<h2>Deliveries, <c:out value="${traffic.span()}"/></h2>
<dl class="figures">
  <c:forEach var="figure" items="${traffic.figures()}">
    <div><dt><c:out value="${figure.name()}"/></dt>
      <dd><strong><c:choose>
        <c:when test="${not empty figure.href()}"><a href="${fn:escapeXml(figure.href())}"><c:out value="${figure.value()}"/></a></c:when>
        <c:otherwise><c:out value="${figure.value()}"/></c:otherwise>
      </c:choose></strong> <small><c:out value="${figure.note()}"/></small></dd></div>
  </c:forEach>
</dl>
<figure class="chart">
  <figcaption><span>Deliveries a minute, by outcome</span>
    <span class="legend"><c:forEach var="series" items="${traffic.chart().series()}"><span><svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect class="s-${fn:escapeXml(series.word())}" width="10" height="10"/></svg> <c:out value="${series.label()}"/> <small><c:out value="${series.total()}"/></small></span> </c:forEach></span></figcaption>
  <p class="top-label" aria-hidden="true"><c:out value="${traffic.chart().top()}"/></p>
  <svg class="bars" viewBox="0 0 ${fn:escapeXml(traffic.chart().width())} ${fn:escapeXml(traffic.chart().height())}" preserveAspectRatio="none" role="img" aria-labelledby="chart-title">
    <title id="chart-title"><c:out value="${traffic.chart().description()}"/></title>
    <c:forEach var="bar" items="${traffic.chart().bars()}"><c:if test="${not empty bar.parts()}"><g><title><c:out value="${bar.title()}"/></title><c:forEach var="part" items="${bar.parts()}"><rect class="s-${fn:escapeXml(part.word())}" x="${fn:escapeXml(part.x())}" y="${fn:escapeXml(part.y())}" width="${fn:escapeXml(part.width())}" height="${fn:escapeXml(part.height())}"/></c:forEach></g></c:if></c:forEach>
  </svg>
  <p class="axis" aria-hidden="true"><c:forEach var="label" items="${traffic.chart().labels()}"><span><c:out value="${label}"/></span></c:forEach></p>
</figure>
<c:if test="${not empty traffic.chart().rows()}">
  <details class="numbers"><summary>The chart in numbers</summary>
    <h:table caption="Deliveries by outcome, the newest first; stretches without any are left out" id="chart-numbers">
      <thead><tr><th scope="col">From</th><c:forEach var="series" items="${traffic.chart().series()}"><th scope="col" class="number"><c:out value="${series.label()}"/></th></c:forEach></tr></thead>
      <tbody>
        <c:forEach var="row" items="${traffic.chart().rows()}">
          <tr><td data-label="From"><h:time at="${row.from()}" exact="true"/></td><c:forEach var="count" items="${row.counts()}" varStatus="n"><td class="number" data-label="${fn:escapeXml(traffic.chart().series()[n.index].label())}"><c:out value="${count}"/></td></c:forEach></tr>
        </c:forEach>
      </tbody>
    </h:table>
  </details>
</c:if>
