"""What surrounds every request: ids, headers, logs, errors as answers, health and metrics."""
