"""Data of NER: tagged sentences from files, the hub or a grammar, and their sub-words."""
