"""Errors that tools report, and what the model does about them."""
