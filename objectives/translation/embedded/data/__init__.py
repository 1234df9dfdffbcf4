"""Words, phrases and frames of the embedded corpus; each file explains its notation."""
