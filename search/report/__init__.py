"""The report and the dashboard: pages for people."""
