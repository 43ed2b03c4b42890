<h:layout title="Sign in">
  <form class="card narrow" method="post" action="${fn:escapeXml(frame.root())}/dashboard/login">
    <h:csrf/>
    <input type="hidden" name="next" value="${fn:escapeXml(next)}">
    <c:if test="${not empty problem}">
      <p class="message bad" role="alert" id="problem"><c:out value="${problem}"/></p>
    </c:if>
    <p class="field">
      <label for="username">User name</label>
      <input id="username" name="username" value="${fn:escapeXml(username)}" autocomplete="username" autocapitalize="none"
             spellcheck="false" maxlength="64" required autofocus>
    </p>
    <p class="field">
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required>
    </p>
    <p><button class="primary" type="submit">Sign in</button></p>
  </form>
</h:layout>
