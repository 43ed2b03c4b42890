<%@ tag description="The field of a form that asks why, and what was wrong with what was typed. For one form of a page."
        pageEncoding="UTF-8" body-content="empty" %>
<%@ attribute name="question" required="true" %>
<%@ attribute name="typed" description="what was typed before" %>
<%@ attribute name="problem" description="what is wrong with it, in a sentence; empty = nothing" %>
<%@ attribute name="optional" type="java.lang.Boolean" description="true = may be left empty" %>
<%@ taglib prefix="c" uri="jakarta.tags.core" %>
<%@ taglib prefix="fn" uri="jakarta.tags.functions" %>
<c:if test="${not empty problem}"><p class="message bad" role="alert" id="problem"><c:out value="${problem}"/></p></c:if>
<p class="field"><label for="reason"><c:out value="${question}"/></label>
  <c:choose>
    <c:when test="${optional}"><input id="reason" name="reason" value="${fn:escapeXml(typed)}" maxlength="1000" autocomplete="off" aria-describedby="reason-hint"></c:when>
    <c:when test="${empty problem}"><input id="reason" name="reason" value="${fn:escapeXml(typed)}" maxlength="1000" autocomplete="off" required aria-describedby="reason-hint"></c:when>
    <c:otherwise><input id="reason" name="reason" value="${fn:escapeXml(typed)}" maxlength="1000" autocomplete="off" required aria-invalid="true" aria-describedby="problem reason-hint"></c:otherwise>
  </c:choose>
  <span class="hint" id="reason-hint">Kept in the audit log.</span></p>
