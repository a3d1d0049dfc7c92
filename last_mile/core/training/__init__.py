"""Training data: who may be in it, the texts, pairs, gates. Values in, values out.

Not here: files (adapters/releases), which rows make a table (sql/).
"""
