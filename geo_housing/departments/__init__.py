"""The list of a department (部门): households of the categories that it certifies, and how their houses stand."""
