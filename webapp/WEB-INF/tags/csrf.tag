<%@ tag description="The hidden field that every form with method post must have."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<input type="hidden" name="csrf" value="${fn:escapeXml(requestScope.frame.formToken())}">
