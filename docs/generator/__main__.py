"""`python -m docs.generator`: write what is made from the code."""

from docs.generator import DOCS, documents

if __name__ == "__main__":
    for name, content in documents().items():
        (DOCS / name).write_bytes(content)
