"""What a study has come to, as one page for people to look at."""
