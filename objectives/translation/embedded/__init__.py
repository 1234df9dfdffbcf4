"""The embedded corpus: German and English sentence pairs, for work without a download.

A grammar writes every sentence in both languages at once. The modules build on each other:

- `data/` has all words, phrases, verbs with their complements, weights and endings.
- `draws`: random draws. `bilingual`: texts in two languages, and templates. `words`: reads `data/`.
- `lexicon`: nouns and adjectives. `verbs`, `tenses`: the forms of verbs. `frames`: verbs with
  their complements.
- `grammar`: noun phrases, and frames with their complements chosen.
- Captions: `scenes` has their parts, `captions` the whole sentences.
- Talks: `agents` has their subjects, `clauses` their clauses, `talks` the whole sentences.
- `corpus` draws the parts of the corpus.
"""
