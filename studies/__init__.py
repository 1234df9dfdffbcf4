"""What is searched: studies as TOML, loaded and checked."""
