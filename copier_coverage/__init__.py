"""What this project's tasks and tests share: rendering the template and running what it rendered."""
