"""Schema migrations; only the parent of ``up`` or ``db migrate`` runs them, under an advisory lock."""
