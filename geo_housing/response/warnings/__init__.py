"""Warnings that come in: pasted texts and messages, what each would do, and confirming it."""
