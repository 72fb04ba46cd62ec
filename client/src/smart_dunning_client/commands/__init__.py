"""The commands of `dunning`, by topic."""
