"""The schema's versions, in the order in which a database goes through them."""
