"""What is fetched and kept: where, with which progress, whole files only, and why it failed.

Weights (core/model) and tokenizers (core/tokenizer) come and are kept in the same ways.
"""
