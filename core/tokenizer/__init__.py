"""Real tokenizers: where they come from, and what they make of a text.

The only package besides core/model that knows the libraries tokenizers and tiktoken. The topics
bpe, wordpiece and unigram hold our own, readable versions of the algorithms.
"""
