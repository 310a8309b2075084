"""Takes out of bodies what names a person or opens a door, before they are kept.

Pure functions: text, documents, streams, whole recordings. They fail closed: a body that
cannot be read to its end is not kept at all.
"""
