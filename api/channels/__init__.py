"""Ways to reach people and villages besides Web Push, as the server's operator sets them up."""
