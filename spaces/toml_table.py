"""The base of all tables that people write in TOML."""

from pydantic import BaseModel, ConfigDict


class TomlTable(BaseModel):
    """A table. A field's description completes the message "... is not ...", with an example."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
