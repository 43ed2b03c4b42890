<%@ tag description="The hidden fields that every form with method post must have: the token, and whose form it is."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<input type="hidden" name="csrf" value="${fn:escapeXml(requestScope.frame.formToken())}">
<c:if test="${not empty requestScope.frame.username()}"><input type="hidden" name="signed-in-as" value="${fn:escapeXml(requestScope.frame.username())}"></c:if>
