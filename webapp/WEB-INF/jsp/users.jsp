<h:layout title="Users">
  <c:if test="${not empty problem}"><p class="message bad" role="alert"><c:out value="${problem}"/></p></c:if>
  <h:table caption="Who may sign in">
    <thead><tr>
      <th scope="col">User</th><th scope="col">May sign in</th><th scope="col">Role</th><th scope="col">Last sign-in</th>
      <th scope="col">Password set</th><th scope="col" class="number">Signed in now</th><th scope="col">Change</th>
    </tr></thead>
    <tbody>
      <c:forEach var="row" items="${view.rows()}">
        <tr data-key="${row.id()}">
          <td data-label="User" class="long"><strong><c:out value="${row.name()}"/></strong><c:if test="${row.self()}"> <small>(you)</small></c:if></td>
          <td data-label="May sign in"><h:badge kind="${row.disabled() ? 'idle' : 'ok'}" text="${row.disabled() ? 'disabled' : 'yes'}"/></td>
          <td data-label="Role"><c:out value="${row.role()}"/></td>
          <td data-label="Last sign-in"><c:choose><c:when test="${empty row.signedIn()}">never</c:when><c:otherwise><h:time at="${row.signedIn()}"/></c:otherwise></c:choose></td>
          <td data-label="Password set"><h:time at="${row.passwordChanged()}"/></td>
          <td data-label="Signed in now" class="number"><c:out value="${row.sessions()}"/></td>
          <td data-label="Change"><span class="buttons">
            <c:forEach var="change" items="${row.changes()}">
              <a class="button" href="${fn:escapeXml(change.href())}"><c:out value="${change.label()}"/><span class="visually-hidden"> <c:out value="${row.name()}"/></span></a>
            </c:forEach></span></td>
        </tr>
      </c:forEach>
    </tbody>
  </h:table>
  <h2>New user</h2>
  <form class="card narrow" method="post" action="${fn:escapeXml(frame.root())}/dashboard/users">
    <h:csrf/>
    <p class="field"><label for="username">User name</label>
      <input id="username" name="username" value="${fn:escapeXml(view.typedName())}" maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false" required></p>
    <p class="field"><label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="new-password" minlength="8" aria-describedby="password-hint" required>
      <span class="hint" id="password-hint">At least 8 characters, and not what everybody tries first. The user can change it.</span></p>
    <p class="field"><label for="role">Role</label>
      <select id="role" name="role" aria-describedby="role-hint">
        <c:forEach var="role" items="${view.roles()}"><option><c:out value="${role}"/></option></c:forEach>
      </select>
      <span class="hint" id="role-hint">A viewer reads; an operator also replays, releases locks and reveals payloads; an admin also manages users.</span></p>
    <h:why question="Why (optional)" typed="${empty view.typedReason() ? draft : view.typedReason()}" optional="true"/>
    <p><button class="primary" name="do" value="create">Create</button></p>
  </form>
</h:layout>
