<h:layout title="Held locks">
  <div id="locks" data-live>
    <c:if test="${not view.redisAnswers()}">
      <p class="message warn" role="status">Redis does not answer. These are the locks that this node (<c:out value="${view.node()}"/>)
        remembers to hold; those of other nodes are not known, and none can be released. Events are still processed exactly once, by MySQL alone.</p>
    </c:if>
    <c:if test="${not empty view.overlooked()}">
      <p class="message warn" role="status"><c:out value="${view.overlooked()}"/>: a node lists 5,000 that were in the way of
        its deliveries. Of the others this is the number, at most; they come into the list as room is made.</p>
    </c:if>
    <c:choose>
      <c:when test="${empty view.rows()}">
        <h:state kind="${view.redisAnswers() ? 'ok' : 'idle'}" title="${view.redisAnswers() ? 'No lock is held' : 'This node holds no lock'}">
          <p>A lock is held while its event is processed, mostly for some milliseconds. One that is held for longer, or that made a
            delivery wait, stays listed here until it is given back or expires, also when its node has died.</p>
        </h:state>
      </c:when>
      <c:otherwise>
        <h:table caption="Locks held now, the longest held first" id="locks-table">
          <thead><tr>
            <th scope="col">Event</th><th scope="col">Type</th><th scope="col">Order</th><th scope="col">Holder</th>
            <th scope="col" class="number">Held for</th><th scope="col" class="number">Expires in</th>
            <c:if test="${view.releasable()}"><th scope="col">Action</th></c:if>
          </tr></thead>
          <tbody>
            <c:forEach var="row" items="${view.rows()}">
              <tr>
                <td data-label="Event" class="long"><small><c:out value="${row.provider()}"/></small>&#32;<h:id value="${row.eventId()}" href="${row.eventHref()}"/><c:if test="${empty row.eventHref()}"><span class="details">not stored yet</span></c:if></td>
                <td data-label="Type"><c:out value="${row.type()}"/></td>
                <td data-label="Order"><c:choose>
                  <c:when test="${not empty row.orderHref()}"><a href="${fn:escapeXml(row.orderHref())}"><c:out value="${row.orderId()}"/></a></c:when>
                  <c:otherwise>–</c:otherwise>
                </c:choose></td>
                <td data-label="Holder" class="long holder"><c:choose>
                    <c:when test="${row.alive()}"><h:badge kind="ok" text="alive"/></c:when>
                    <c:otherwise><h:badge kind="bad" text="not alive"/></c:otherwise>
                  </c:choose>&#32;<c:out value="${row.node()}"/><span class="details"><c:out value="${row.thread()}"/></span></td>
                <td data-label="Held for" class="number"><c:if test="${row.longHeld()}"><h:badge kind="warn" text="long"/>&#32;</c:if><c:out value="${row.heldFor()}"/></td>
                <td data-label="Expires in" class="number"><c:out value="${row.expiresIn()}"/></td>
                <c:if test="${view.releasable()}"><td data-label="Action"><a class="button" href="${fn:escapeXml(row.releaseHref())}"
                  aria-label="Release the lock of ${fn:escapeXml(row.eventId())}">Release…</a></td></c:if>
              </tr>
            </c:forEach>
          </tbody>
        </h:table>
      </c:otherwise>
    </c:choose>
  </div>
</h:layout>
