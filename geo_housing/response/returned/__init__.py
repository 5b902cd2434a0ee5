"""Village lists that come back as workbooks, filled in: read, compared field by field, entered."""
