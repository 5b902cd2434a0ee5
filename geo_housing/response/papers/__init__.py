"""What goes out on paper and into the chat: printed lists, workbooks, maps and pictures."""
