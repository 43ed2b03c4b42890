<h:layout title="Not understood">
  <h:state kind="warn" title="This address or form is not understood">
    <p><c:out value="${message}"/></p>
    <p><a class="button" href="${fn:escapeXml(frame.root())}/dashboard/">To the first page</a></p>
  </h:state>
</h:layout>
