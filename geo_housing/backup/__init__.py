"""Backup and restore (D1): one archive of dump, stored files and a manifest of hashes and counts; the keys are not in it."""
