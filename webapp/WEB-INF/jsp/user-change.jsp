<h:layout title="${view.title()}">
  <c:if test="${not empty problem}"><p class="message bad" role="alert"><c:out value="${problem}"/></p></c:if>
  <dl class="facts">
    <div><dt>User</dt><dd><strong><c:out value="${view.name()}"/></strong><c:if test="${view.self()}"> <small>(you)</small></c:if></dd></div>
    <div><dt>May sign in</dt><dd><h:badge kind="${view.disabled() ? 'idle' : 'ok'}" text="${view.disabled() ? 'disabled' : 'yes'}"/></dd></div>
    <div><dt>Role</dt><dd><c:out value="${view.role()}"/></dd></div>
    <div><dt>Last sign-in</dt><dd><c:choose><c:when test="${empty view.signedIn()}">never</c:when><c:otherwise><h:time at="${view.signedIn()}"/></c:otherwise></c:choose></dd></div>
    <div><dt>Signed in now</dt><dd><c:out value="${view.sessions()}"/></dd></div>
  </dl>
  <section class="card consequences">
    <h2>What will happen</h2>
    <ul>
      <c:forEach var="sentence" items="${view.consequences()}"><li><c:out value="${sentence}"/></li></c:forEach>
      <li>Who did it, when and why is kept in the audit log.</li>
    </ul>
  </section>
  <form class="card" method="post" action="${fn:escapeXml(frame.root())}/dashboard/users/change">
    <h:csrf/>
    <input type="hidden" name="do" value="${fn:escapeXml(view.act())}">
    <input type="hidden" name="id" value="${fn:escapeXml(view.id())}">
    <c:if test="${not empty view.roles()}">
      <p class="field"><label for="role">Role</label>
        <select id="role" name="role">
          <c:forEach var="role" items="${view.roles()}">
            <c:choose>
              <c:when test="${role eq view.chosen()}"><option selected><c:out value="${role}"/></option></c:when>
              <c:otherwise><option><c:out value="${role}"/></option></c:otherwise>
            </c:choose>
          </c:forEach>
        </select></p>
    </c:if>
    <c:if test="${view.asksPassword()}">
      <p class="field"><label for="password">New password</label>
        <input id="password" name="password" type="password" autocomplete="new-password" minlength="8" required aria-describedby="password-hint">
        <span class="hint" id="password-hint">At least 8 characters, and not what everybody tries first. The user can change it.</span></p>
    </c:if>
    <h:why question="Why?" typed="${empty view.typed() ? draft : view.typed()}" problem="${view.problem()}"/>
    <p class="buttons"><button class="${fn:escapeXml(view.dangerous() ? 'danger' : 'primary')}" type="submit"><c:out value="${view.button()}"/></button>
      <a class="button" href="${fn:escapeXml(frame.root())}/dashboard/users">Cancel</a></p>
  </form>
</h:layout>
