<h:layout title="${title}">
  <h:state kind="${known ? 'warn' : 'bad'}" title="${known ? 'MySQL did not answer in time' : 'MySQL failed while it was done'}">
    <c:choose>
      <c:when test="${known}"><p>That was before anything was begun. Send the form again in a while.</p></c:when>
      <c:otherwise>
        <p>It may be done or not. Look first, once MySQL answers; send the form again only when it was not done.</p>
      </c:otherwise>
    </c:choose>
    <c:if test="${not empty reason}">
      <p>The reason that you typed stands in the form again when you come back to it:</p>
      <blockquote class="prose"><c:out value="${reason}"/></blockquote>
    </c:if>
    <p class="buttons">
      <c:if test="${not empty trace}"><a class="button primary" href="${fn:escapeXml(trace)}"><c:out value="${label}"/></a></c:if>
      <c:if test="${form ne trace}"><a class="button" href="${fn:escapeXml(form)}">Back to the form</a></c:if>
    </p>
  </h:state>
</h:layout>
