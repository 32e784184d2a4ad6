"""How a real network is found, loaded and looked into. Importing this package imports no torch."""
