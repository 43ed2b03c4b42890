<%@ tag description="Deliveries in figures and as a chart; deliverynumbers.tag is its twin."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="traffic" required="true" type="hooklatch.web.dashboard.OverviewView.Traffic" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<h2>Deliveries, <c:out value="${traffic.span()}"/></h2>
<dl class="figures">
  <c:forEach var="figure" items="${traffic.figures()}">
    <div><dt><c:out value="${figure.name()}"/></dt>
      <dd><strong><c:choose>
        <c:when test="${not empty figure.href()}"><a href="${fn:escapeXml(figure.href())}"><c:out value="${figure.value()}"/></a></c:when>
        <c:otherwise><c:out value="${figure.value()}"/></c:otherwise>
      </c:choose></strong><small><c:out value="${figure.note()}"/></small></dd></div>
  </c:forEach>
</dl>
<figure class="chart">
  <figcaption><span>Deliveries a minute, by outcome</span>
    <span class="legend"><c:forEach var="series" items="${traffic.chart().series()}"><span><svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect class="s-${fn:escapeXml(series.word())}" width="10" height="10"/></svg>&#32;<c:out value="${series.label()}"/>&#32;<small><c:out value="${series.total()}"/></small></span></c:forEach></span></figcaption>
  <p class="top-label" aria-hidden="true"><c:out value="${traffic.chart().top()}"/></p>
  <svg class="bars" viewBox="${fn:escapeXml(traffic.chart().viewBox())}" preserveAspectRatio="none" role="img" aria-labelledby="chart-title">
    <title id="chart-title"><c:out value="${traffic.chart().description()}"/></title>
    <c:forEach var="bar" items="${traffic.chart().bars()}"><c:if test="${not empty bar.parts()}"><g><title><c:out value="${bar.title()}"/></title><c:forEach var="part" items="${bar.parts()}"><rect class="s-${fn:escapeXml(part.word())}" x="${fn:escapeXml(part.x())}" y="${fn:escapeXml(part.y())}" width="${fn:escapeXml(part.width())}" height="${fn:escapeXml(part.height())}"/></c:forEach></g></c:if></c:forEach>
  </svg>
  <p class="axis" aria-hidden="true"><c:forEach var="label" items="${traffic.chart().labels()}"><span><c:out value="${label}"/></span></c:forEach></p>
</figure>
