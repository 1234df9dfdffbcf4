"""The sections of the report. Each module registers its own with `xlt.search.report.section`."""
