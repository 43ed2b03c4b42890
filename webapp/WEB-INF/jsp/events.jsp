<h:layout title="Events">
  <div class="with-views">
    <nav class="views" aria-label="Saved views">
      <ul id="views" data-live>
        <c:forEach var="choice" items="${view.views()}">
          <li><a href="${fn:escapeXml(choice.href())}" <c:if test="${choice.current()}">aria-current="true"</c:if>><span><c:out value="${choice.label()}"/></span>
            <c:if test="${not empty choice.count()}"><span class="count"><c:out value="${choice.count()}"/></span></c:if></a></li>
        </c:forEach>
      </ul>
    </nav>
    <div class="list">
      <c:forEach var="problem" items="${view.problems()}">
        <p class="message bad" role="alert"><c:out value="${problem}"/></p>
      </c:forEach>
      <h:eventfilters view="${view}" action="${frame.root()}/dashboard/events"/>
      <nav class="ranges" aria-label="Time range">
        <c:forEach var="choice" items="${view.ranges()}"><a href="${fn:escapeXml(choice.href())}" <c:if test="${choice.current()}">aria-current="true"</c:if>><c:out value="${choice.label()}"/></a> </c:forEach>
        <c:if test="${not empty view.total()}"><span class="total"><c:out value="${view.total()}"/></span></c:if>
      </nav>
      <c:if test="${not empty view.found()}"><p class="message"><c:out value="${view.found()}"/></p></c:if>
      <c:choose>
        <c:when test="${not empty view.problems()}">
          <h:state kind="warn" title="Nothing was searched"><p>Mend what is said above and search again; everything you typed is still there.</p></h:state>
        </c:when>
        <c:when test="${not empty view.nothingYet()}">
          <h:nothingyet endpoints="${view.nothingYet()}"/>
        </c:when>
        <c:when test="${empty view.rows() and not empty view.gaveUp()}">
          <h:state kind="info" title="Nothing so far">
            <p>The search looked back to <c:out value="${view.gaveUp()}"/> and has not found what you look for. It goes on from there.</p>
            <p><a class="button primary" rel="next" href="${fn:escapeXml(view.pages().older())}">Search further back</a></p>
          </h:state>
        </c:when>
        <c:when test="${empty view.rows() and not empty view.pages().newest()}">
          <h:state kind="info" title="No more events">
            <p>Nothing that matches is left behind this place.</p>
            <p><a class="button primary" href="${fn:escapeXml(view.pages().newest())}">To the newest</a></p>
          </h:state>
        </c:when>
        <c:when test="${empty view.rows() and not empty view.clear()}">
          <h:empty title="No event matches" clear="${view.clear()}">
            <p>Without an id or an order, only the last seven days are searched: try a longer time range above.</p>
          </h:empty>
        </c:when>
        <c:when test="${empty view.rows()}">
          <h:state kind="idle" title="No event in the last seven days"><p>Older ones are there: choose “All time” above.</p></h:state>
        </c:when>
        <c:otherwise>
          <c:if test="${not empty view.replay()}"><p class="buttons"><c:choose>
            <c:when test="${empty view.replay().obstacle()}"><a class="button" href="${fn:escapeXml(view.replay().href())}"><c:out value="${view.replay().label()}"/></a></c:when>
            <c:otherwise><button type="button" disabled aria-describedby="replay-obstacle"><c:out value="${view.replay().label()}"/></button>
              <span class="hint" id="replay-obstacle"><c:out value="${view.replay().obstacle()}"/></span></c:otherwise>
          </c:choose></p></c:if>
          <h:eventtable rows="${view.rows()}" live="${view.live()}"/>
          <c:if test="${not empty view.gaveUp()}"><p class="message">The search looked back to <c:out value="${view.gaveUp()}"/>. “Older” goes on from there.</p></c:if>
          <h:eventpager pages="${view.pages()}"/>
        </c:otherwise>
      </c:choose>
    </div>
  </div>
</h:layout>
