"""Command-line options in, messages and exit statuses out."""
