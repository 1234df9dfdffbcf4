"""Names, words and sentences of the embedded corpus, a file for each language."""
