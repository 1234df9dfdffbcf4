"""The league: German to English from scratch, captions first, then talks."""
