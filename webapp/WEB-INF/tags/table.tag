<%@ tag description="A table with a caption that scrolls by itself where it is too wide. Rows with a data-key take part in the live refresh: what is listed is renewed in place, what is new is only counted."
        pageEncoding="UTF-8" %>
<%@ attribute name="caption" required="true" %>
<%@ attribute name="id" description="where a page has several; must be given then" %>
<%@ attribute name="live" type="java.lang.Boolean" description="true = refreshed every 5 s; not on later pages" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<div class="scroll" role="region" tabindex="0" aria-label="${fn:escapeXml(caption)}">
<table id="${fn:escapeXml(empty id ? 'rows' : id)}" data-rows="${fn:escapeXml(live ? 'live' : 'still')}">
<caption><c:out value="${caption}"/></caption>
<jsp:doBody/>
</table>
</div>
