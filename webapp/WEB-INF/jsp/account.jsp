<h:layout title="Account">
  <c:if test="${not empty problem}"><p class="message bad" role="alert"><c:out value="${problem}"/></p></c:if>
  <dl class="facts">
    <div><dt>User</dt><dd><c:out value="${frame.username()}"/></dd></div>
    <div><dt>Role</dt><dd><c:out value="${frame.role()}"/></dd></div>
    <div><dt>Signed in</dt><dd><h:time at="${view}"/></dd></div>
    <div><dt>This sign-in ends</dt><dd><h:time at="${ends}" exact="true"/> <small>(or after 2 h without use)</small></dd></div>
  </dl>
  <h2>Change your password</h2>
  <form class="card narrow" method="post" action="${fn:escapeXml(frame.root())}/dashboard/account">
    <h:csrf/>
    <input type="hidden" name="username" value="${fn:escapeXml(frame.username())}" autocomplete="username">
    <p class="field"><label for="password">Present password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required></p>
    <p class="field"><label for="new-password">New password</label>
      <input id="new-password" name="new-password" type="password" autocomplete="new-password" minlength="8" aria-describedby="hint" required>
      <span class="hint" id="hint">At least 8 characters, and not what everybody tries first.</span></p>
    <p class="field"><label for="new-password-again">New password again</label>
      <input id="new-password-again" name="new-password-again" type="password" autocomplete="new-password" required></p>
    <p><button class="primary" name="do" value="password">Change, and sign out everywhere else</button></p>
  </form>
  <h2>Other browsers</h2>
  <form method="post" action="${fn:escapeXml(frame.root())}/dashboard/account">
    <h:csrf/>
    <button name="do" value="sign-out">Sign out everywhere else</button>
  </form>
</h:layout>
