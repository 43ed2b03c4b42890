<h:layout title="Failed to load">
  <h:failed again="${again}" page="true"/>
</h:layout>
