"""What the night of a red warning in the browser needs: its county, its people, what must come out."""
