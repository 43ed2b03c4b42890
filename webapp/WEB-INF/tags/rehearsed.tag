<%@ tag description="What a dry run has shown: what would happen, and the rows before and after."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="rehearsed" required="true" type="hooklatch.web.dashboard.ReplayView.Rehearsed" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<%@ taglib prefix="h" tagdir="/WEB-INF/tags" %>
<section class="card" id="rehearsed" aria-labelledby="rehearsed-title">
  <h2 id="rehearsed-title">1. What it would do</h2>
  <p role="status"><h:badge kind="${rehearsed.kind()}" text="${rehearsed.label()}"/> <c:out value="${rehearsed.sentence()}"/></p>
  <p><small>This was a dry run: everything was rolled back, and nothing has changed.</small></p>
  <c:if test="${not empty rehearsed.afterCommit()}"><p class="message"><c:out value="${rehearsed.afterCommit()}"/></p></c:if>
  <div class="diffs">
    <c:forEach var="row" items="${rehearsed.rows()}">
      <table class="diff">
        <caption><strong><c:out value="${row.table()}"/></strong> <code><c:out value="${row.key()}"/></code>
          <h:badge kind="${row.kind()}" text="${row.label()}"/></caption>
        <thead><tr><th scope="col">Column</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
        <tbody>
          <c:forEach var="column" items="${row.columns()}">
            <tr>
              <th scope="row"><c:out value="${column.name()}"/></th>
              <td><c:out value="${column.before()}"/></td>
              <td><c:choose>
                <c:when test="${column.changed()}"><strong><c:out value="${column.after()}"/></strong></c:when>
                <c:otherwise><c:out value="${column.after()}"/></c:otherwise>
              </c:choose></td>
            </tr>
          </c:forEach>
        </tbody>
      </table>
    </c:forEach>
  </div>
</section>
