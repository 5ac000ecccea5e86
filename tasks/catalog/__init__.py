"""Built-in tasks, one file each; a new file adds a task and nothing else is edited."""
