"""Wire formats of model APIs: each reads a Recording into an Exchange, without I/O."""
