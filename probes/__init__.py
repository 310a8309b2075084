"""The shadow engine: plays scenarios against a target beside live traffic."""
