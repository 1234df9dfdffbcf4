"""Sources of corpora, for all tasks: text files and the Hugging Face hub."""
