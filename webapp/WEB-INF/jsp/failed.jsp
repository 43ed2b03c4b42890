<h:layout title="Failed to load">
  <h:failed again="${again}"/>
</h:layout>
