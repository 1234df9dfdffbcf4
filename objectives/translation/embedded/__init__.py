"""The embedded corpus: a grammar of our own, in both languages and two domains."""
