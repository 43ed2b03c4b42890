<h:layout title="Release a lock">
  <c:choose>
    <c:when test="${not view.redisAnswers()}">
      <h:state kind="warn" title="Redis does not answer">
        <p>So it is not known whether the lock of <c:out value="${view.provider()}"/>&#32;<h:id value="${view.eventId()}"/> is still
          held, and it cannot be released. It frees itself when it expires. Meanwhile events are processed without locks, exactly
          once, by MySQL alone.</p>
        <c:set var="typed" value="${empty view.reason() ? draft : view.reason()}"/>
        <c:if test="${not empty typed}">
          <p>You typed as the reason:</p>
          <blockquote class="prose"><c:out value="${typed}"/></blockquote>
        </c:if>
        <p class="buttons"><a class="button primary" href="${fn:escapeXml(view.again())}">Try again</a>
          <a class="button" href="${fn:escapeXml(frame.root())}/dashboard/locks">To the held locks</a></p>
      </h:state>
    </c:when>
    <c:when test="${not view.held()}">
      <h:state kind="ok" title="The lock is not held by that holder any more">
        <p>It was given back, has expired, or somebody else has it now. There is nothing to release.</p>
        <p><a class="button primary" href="${fn:escapeXml(frame.root())}/dashboard/locks">To the held locks</a></p>
      </h:state>
    </c:when>
    <c:otherwise>
      <dl class="facts">
        <div><dt>Event</dt><dd><c:out value="${view.provider()}"/>&#32;<h:id value="${view.eventId()}" href="${view.eventHref()}"/><c:if test="${empty view.eventHref()}"><br><small>not stored yet</small></c:if></dd></div>
        <div><dt>Holder</dt><dd><c:out value="${view.node()}"/>, <c:out value="${view.thread()}"/></dd></div>
        <div><dt>Its node</dt><dd><c:choose>
          <c:when test="${view.alive()}"><h:badge kind="ok" text="alive"/></c:when>
          <c:otherwise><h:badge kind="bad" text="not alive"/></c:otherwise>
        </c:choose></dd></div>
        <div><dt>Held for</dt><dd><c:out value="${view.heldFor()}"/></dd></div>
        <div><dt>Expires by itself in</dt><dd><c:out value="${view.expiresIn()}"/></dd></div>
      </dl>
      <section class="card consequences">
        <h2>What will happen</h2>
        <ul>
          <li>The lock is freed at once, if this holder has it still. A delivery that waits for it goes on.</li>
          <li>The event cannot have its effect twice. The holder's transaction is still guarded by the unique key in MySQL: whoever
            comes second waits for the first, and finds its result.</li>
          <li><c:choose>
            <c:when test="${view.alive()}">The holder's node is alive and may still be working. Then the next delivery is answered 409 until it is
              done, and the release has gained nothing. Waiting is mostly better.</c:when>
            <c:otherwise>The holder's node does not report any more. Without a release the event waits until the lock expires.</c:otherwise>
          </c:choose></li>
          <li>Who released it, when and why is kept in the audit log.</li>
        </ul>
      </section>
      <form class="card" method="post" action="${fn:escapeXml(frame.root())}/dashboard/locks/release">
        <h:csrf/>
        <input type="hidden" name="provider" value="${fn:escapeXml(view.provider())}">
        <input type="hidden" name="event_id" value="${fn:escapeXml(view.eventId())}">
        <input type="hidden" name="holder" value="${fn:escapeXml(view.holder())}">
        <c:if test="${not empty view.problem()}"><p class="message bad" role="alert" id="problem"><c:out value="${view.problem()}"/></p></c:if>
        <p class="field"><label for="reason">Why do you release it?</label>
          <textarea id="reason" name="reason" rows="2" maxlength="1000" required><c:out value="${empty view.reason() ? draft : view.reason()}"/></textarea></p>
        <p class="buttons"><button class="danger" type="submit">Release the lock</button>
          <a class="button" href="${fn:escapeXml(frame.root())}/dashboard/locks">Cancel</a></p>
      </form>
    </c:otherwise>
  </c:choose>
</h:layout>
