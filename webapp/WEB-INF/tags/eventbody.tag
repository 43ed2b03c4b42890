<%@ tag description="The payload, personal data masked, and the form that reveals it."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="view" required="true" type="hooklatch.web.dashboard.EventView" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<%@ taglib prefix="h" tagdir="/WEB-INF/tags" %>
<c:choose>
  <c:when test="${view.body().state() eq 'purged'}">
    <h:state kind="idle" title="The payload was purged"><p>Bodies of finished events are deleted after the time that PAYLOAD_RETENTION_DAYS sets. The event cannot be replayed from here; its result and its effects stay.</p></h:state>
  </c:when>
  <c:otherwise>
    <c:choose>
      <c:when test="${view.revealed()}"><p class="message warn" role="status">Personal data is shown, this once. That you looked, and why, is in the audit log. <a href="${fn:escapeXml(view.path())}">Mask it again</a></p></c:when>
      <c:when test="${view.body().state() eq 'unreadable'}"><p class="message warn">The body is not JSON, so nothing of it can be shown masked.</p></c:when>
      <c:otherwise><p><small><c:out value="${view.body().size()}"/>, laid out for reading; e-mail addresses, phone and card numbers, VPAs, names and addresses are masked where their field or their form tells them. A name in a sentence does not.</small></p></c:otherwise>
    </c:choose>
    <c:if test="${not empty view.body().text()}">
      <pre class="payload" tabindex="0" role="region" aria-label="Payload"><code><c:out value="${view.body().text()}"/></code></pre>
    </c:if>
    <c:if test="${view.body().cut()}"><p><small>Only the beginning is shown<c:choose>
      <c:when test="${not view.revealed()}">; all of it is in the JSON of this page, masked like here.</c:when>
      <c:when test="${view.body().state() eq 'readable'}">. The JSON of this page has all of it, but masked.</c:when>
      <c:otherwise>.</c:otherwise></c:choose></small></p></c:if>
    <c:if test="${view.mayReveal() and not view.revealed()}">
      <form class="card narrow reveal" method="post" action="${fn:escapeXml(view.path())}#payload">
        <h:csrf/>
        <p class="field"><label for="reason">Reveal personal data</label>
          <span class="hint" id="reason-hint">Your name and this reason go into the audit log.</span>
          <c:if test="${not empty view.revealProblem()}"><span class="message bad" id="reason-problem" role="alert"><c:out value="${view.revealProblem()}"/></span></c:if>
          <input id="reason" name="reason" value="${fn:escapeXml(draft)}" required maxlength="500" placeholder="Why do you need to see it?" aria-describedby="reason-hint"></p>
        <p class="buttons"><button type="submit">Reveal once</button></p>
      </form>
    </c:if>
  </c:otherwise>
</c:choose>
