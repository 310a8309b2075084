"""What is said about model traffic in one vocabulary, whatever the provider."""
