"""One file per part of the product that is measured; each yields rows of the table."""
