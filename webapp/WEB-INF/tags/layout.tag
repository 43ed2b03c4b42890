<%@ tag description="What is around every page: head, menu, who is signed in, what is wrong at the moment, and what was just done."
        pageEncoding="UTF-8" 
%><%@ attribute name="title" required="true" description="heading of the page, and of the browser's tab" 
%><%@ taglib prefix="c" uri="jakarta.tags.core" 
%><%@ taglib prefix="fn" uri="jakarta.tags.functions" 
%><%@ taglib prefix="h" tagdir="/WEB-INF/tags"
%><!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta name="robots" content="noindex">
  <title><c:out value="${title}"/> · Hooklatch</title>
  <link rel="icon" href="${fn:escapeXml(requestScope.frame.icon())}" type="image/svg+xml">
  <link rel="stylesheet" href="${fn:escapeXml(requestScope.frame.css())}">
  <script src="${fn:escapeXml(requestScope.frame.script())}" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
  <a class="brand" href="${fn:escapeXml(requestScope.frame.root())}/dashboard/">Hooklatch</a>
  <c:if test="${not empty requestScope.frame.username()}">
    <nav class="menu" aria-label="Pages">
      <ul>
        <c:forEach var="link" items="${requestScope.frame.navigation()}">
          <li><c:choose>
            <c:when test="${link.current()}"><a href="${fn:escapeXml(link.href())}" aria-current="page"><c:out value="${link.label()}"/></a></c:when>
            <c:otherwise><a href="${fn:escapeXml(link.href())}"><c:out value="${link.label()}"/></a></c:otherwise>
          </c:choose></li>
        </c:forEach>
      </ul>
    </nav>
    <div class="who">
      <span class="user"><c:out value="${requestScope.frame.username()}"/> <small>(<c:out value="${requestScope.frame.role()}"/>)</small></span>
      <form method="post" action="${fn:escapeXml(requestScope.frame.root())}/dashboard/logout">
        <h:csrf/>
        <button type="submit">Sign out</button>
      </form>
    </div>
  </c:if>
</header>
<div id="banner" data-live><c:if test="${not empty requestScope.frame.banner()}"><p class="banner" role="status"><span aria-hidden="true">⚠</span> <c:out value="${requestScope.frame.banner()}"/></p></c:if></div>
<main id="main" tabindex="-1">
  <h1><c:out value="${title}"/></h1>
  <c:if test="${not empty requestScope.notice}">
    <p class="message ok" role="status"><c:out value="${requestScope.notice}"/></p>
  </c:if>
  <c:if test="${not empty requestScope.warning}">
    <p class="message warn" role="status"><c:out value="${requestScope.warning}"/></p>
  </c:if>
  <jsp:doBody/>
</main>
</body>
</html>
