"""Tasks to start from: `xlt-search init` copies them."""
