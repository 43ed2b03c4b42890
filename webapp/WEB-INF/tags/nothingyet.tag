<%@ tag description="Nothing was delivered yet: where providers send to, and how to send a test event."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="endpoints" required="true" type="java.util.List" description="paths, context path included" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="h" tagdir="/WEB-INF/tags" %>
<h:state kind="info" title="Nothing has been delivered yet">
  <p>Configure one of these addresses, with your host in front, as the webhook endpoint at its provider:</p>
  <ul><c:forEach var="endpoint" items="${endpoints}"><li><h:id value="${endpoint}"/></li></c:forEach></ul>
  <p>To see an event arrive now, send a signed test event to a development server:</p>
  <pre><code>mvn -q exec:java@send -Dsend="--type payment.succeeded --order 1002"</code></pre>
</h:state>
