"""Controlled experiments: evidence, expectations, samples, parts, and the one runner."""
