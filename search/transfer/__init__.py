"""The comparison of NER transfer strategies."""
