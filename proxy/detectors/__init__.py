"""Detectors: what a reply or a conversation shows, read by pure functions."""
