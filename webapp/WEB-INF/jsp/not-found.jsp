<h:layout title="Not found">
  <h:state kind="info" title="Nothing here">
    <p><c:out value="${message}"/></p>
    <p><a class="button" href="${fn:escapeXml(frame.root())}/dashboard/">To the first page</a></p>
  </h:state>
</h:layout>
