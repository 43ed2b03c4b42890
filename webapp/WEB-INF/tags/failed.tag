<%@ tag description="What could not be loaded, and the way to try again."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="again" required="true" description="link to the page itself" %>
<%@ attribute name="page" type="java.lang.Boolean" description="whether it is all of a page, whose heading says already that it failed" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<%@ taglib prefix="h" tagdir="/WEB-INF/tags" %>
<h:state kind="bad" title="${page ? '' : 'Failed to load: '}MySQL did not answer in time">
  <p>So there is nothing to show. Nothing is lost: providers send again what they are not
    answered, and everything received so far is stored.</p>
  <p><a class="button primary" href="${fn:escapeXml(again)}">Try again</a></p>
</h:state>
