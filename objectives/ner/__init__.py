"""Cross-lingual transfer of named-entity recognition."""
