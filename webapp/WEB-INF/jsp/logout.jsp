<h:layout title="Sign out">
  <p>You are signed in as <strong><c:out value="${frame.username()}"/></strong>.</p>
  <form method="post" action="${fn:escapeXml(frame.root())}/dashboard/logout">
    <h:csrf/>
    <button class="primary" type="submit">Sign out</button>
  </form>
</h:layout>
