"""The embedded corpus: German and English sentence pairs, for work without a download.

A grammar writes every sentence in both languages at once, from the words and tables in `data/`.
The modules build on each other:

- `bilingual`: text in two languages. `draws`: random draws. `words`: reads `data/`.
- `lexicon`: nouns and adjectives. `verbs`: verbs with their forms and complements.
- `syntax`: noun phrases and clauses. `grammar`: draws phrases, and the complements of verbs.
- `captions` draws captions. `clauses` draws the clauses of talks, `talks` whole sentences.
- `corpus` draws the parts of the corpus.
"""
