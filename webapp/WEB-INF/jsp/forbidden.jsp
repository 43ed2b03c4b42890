<h:layout title="Not allowed">
  <h:state kind="warn" title="${title}">
    <p><c:out value="${message}"/></p>
    <p><a class="button" href="${fn:escapeXml(frame.root())}/dashboard/">To the first page</a></p>
  </h:state>
</h:layout>
