"""Pages for people: plain values of a page, pictures of them, and the page itself.

Everything comes from versions of a ledger and from the baseline's documents.
"""
