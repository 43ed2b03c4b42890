<h:layout title="Failed">
  <h:state kind="bad" title="Something unforeseen happened">
    <p>Nothing more is known here. The log of the server has the cause under the reference
      <h:id value="${reference}"/></p>
    <p><a class="button" href="${fn:escapeXml(frame.root())}/dashboard/">To the first page</a></p>
  </h:state>
</h:layout>
